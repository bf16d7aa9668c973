/** From a task to files that may replace the last good ones: brought and checked, not yet written. */
import type { Brought, FetchTools, Known } from "../fetch/ask.ts";
import { type CloudSource, fetchCloudFeed } from "../fetch/cloud.ts";
import { FetchError } from "../fetch/failure.ts";
import { fetchEdition, type MaxmindCredentials } from "../fetch/maxmind.ts";
import { fetchPackage } from "../fetch/packages.ts";
import { renderPrefixList } from "../fetch/prefix-list.ts";
import { fetchSubnets } from "../fetch/subnets.ts";
import type { CloudProvider } from "../model/cloud.ts";
import type { FetchedFile } from "../model/fetch-lock.ts";
import { cloudFeedPath, subnetListPath } from "../sources/fetched.ts";
import { checkCloudFeed, checkDatabase, FUTURE_SECONDS, type Measure } from "./fetch-checks.ts";
import type { FetchTask } from "./fetch-plan.ts";

/** Scheme and host of each service; tests have their own. */
export interface FetchSources {
  readonly maxmind: string;
  readonly registry: string;
  readonly cloud: Readonly<Record<CloudProvider, CloudSource>>;
}

export const PUBLIC_SOURCES: FetchSources = {
  maxmind: "https://download.maxmind.com",
  registry: "https://registry.npmjs.org",
  cloud: {
    aws: { url: "https://ip-ranges.amazonaws.com/ip-ranges.json" },
    azure: {
      page: "https://www.microsoft.com/en-us/download/details.aspx?id=56519",
      host: "download.microsoft.com",
    },
    gcp: { url: "https://www.gstatic.com/ipranges/cloud.json" },
    oci: { url: "https://docs.oracle.com/iaas/tools/public_ip_ranges.json" },
  },
};

/** What a task gives, however it is brought: files with what is known of each. */
export interface Gathered extends Known {
  readonly files: readonly {
    /** See `pathOfStored`. */
    readonly name: string;
    readonly bytes: Uint8Array;
    readonly measure: Measure;
    readonly role?: NonNullable<FetchedFile["role"]>;
  }[];
  readonly url: string;
  readonly version?: string;
  readonly licence?: string;
  readonly note?: string;
}

export interface GatherContext {
  readonly tools: FetchTools;
  readonly sources: FetchSources;
  /** Seconds since 1970. */
  readonly now: number;
  readonly credentials?: MaxmindCredentials;
}

/** Null where there is nothing newer than what is `known`. @throws {FetchError} */
export async function gather(
  task: FetchTask,
  known: Partial<FetchedFile>,
  context: GatherContext,
): Promise<Gathered | null> {
  const { tools, sources } = context;
  switch (task.kind) {
    case "geoip":
      return gatherDatabases(task, known, context);
    case "cloud": {
      const brought = await fetchCloudFeed(tools, sources.cloud[task.name], known);
      if (brought === null) return null;
      const { version, ...measure } = checkCloudFeed(task.name, brought.content);
      const name = cloudFeedPath(task.name);
      return gathered(brought, [{ name, bytes: brought.content, measure }], {
        ...(version !== undefined && { version }),
      });
    }
    case "subnets": {
      const brought = await fetchSubnets(tools, task.name, known);
      if (brought === null) return null;
      const { networks, unread } = brought.content;
      const bytes = Buffer.from(renderPrefixList(networks));
      const measure = { amount: networks.length, unit: "networks" };
      return gathered(brought, [{ name: subnetListPath(task.name), bytes, measure }], {
        ...(unread.count > 0 && {
          note: `${unread.count} entries are no networks, such as ${unread.example}`,
        }),
      });
    }
  }
}

function gathered(
  { url, etag, lastModified, version, licence }: Brought<unknown>,
  files: Gathered["files"],
  more: Pick<Gathered, "version" | "note">,
): Gathered {
  return {
    ...{ files, url },
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
    ...(version !== undefined && { version }),
    ...(licence !== undefined && { licence }),
    ...more,
  };
}

async function gatherDatabases(
  { name, source }: Extract<FetchTask, { kind: "geoip" }>,
  known: Partial<FetchedFile>,
  { tools, sources, now, credentials }: GatherContext,
): Promise<Gathered | null> {
  const check = (file: string, bytes: Uint8Array) => checkDatabase(file, bytes, now);
  if (source.from === "maxmind") {
    if (credentials === undefined) {
      throw new FetchError(
        "MAXMIND_ACCOUNT_ID and MAXMIND_LICENSE_KEY are not both set",
        "Set both (a free account has them: www.maxmind.com/en/geolite2/signup), or write other sources under fetch: geoip: in mirrorpress.yml.",
      );
    }
    const { edition } = source;
    const request = { edition, credentials, known, base: sources.maxmind };
    const brought = await fetchEdition(tools, request);
    if (brought === null) return null;
    const file = `${edition.toLowerCase()}.mmdb`;
    const { role, ...measure } = check(file, brought.content);
    return gathered(
      brought,
      [{ name: `geoip/${file}`, bytes: brought.content, measure, role }],
      {},
    );
  }
  const brought = await fetchPackage(tools, {
    ...{ name, registry: sources.registry },
    ...(source.version !== undefined && { version: source.version }),
    ...(known.version !== undefined && { knownVersion: known.version }),
  });
  if (brought === null) return null;
  const released = releaseTime(brought.version ?? "", now);
  const files = brought.content.map(({ name: file, bytes }) => {
    const { role, ...checked } = check(file, bytes);
    const measure = { ...(released !== undefined && { builtAt: released }), ...checked };
    return { name: `geoip/${file}`, bytes, measure, role };
  });
  return gathered(brought, files, {});
}

/**
 * The packages of ip-location-db have their time in the version: 2.3.2026061719. Digits that would
 * be a time to come are none.
 */
function releaseTime(version: string, now: number): number | undefined {
  const [, year, month, day, hour] = /^\d+\.\d+\.(\d{4})(\d\d)(\d\d)(\d\d)$/.exec(version) ?? [];
  if (year === undefined) return undefined;
  const time = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour)) / 1000;
  return time <= now + FUTURE_SECONDS ? time : undefined;
}
