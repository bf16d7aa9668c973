/** What is to be brought: what the settings want and the mirrors need, cut down to what was asked for. */
import { resolve, sep } from "node:path";
import { CLOUD_PROVIDERS, type CloudProvider, providerOf } from "../model/cloud.ts";
import { type GeoipSource, nameOfGeoipSource } from "../model/fetch-settings.ts";
import type { Mirror } from "../model/mirror.ts";
import type { Settings } from "../model/settings.ts";
import { allowedSubnetUrls } from "../model/subnet-lists.ts";
import { cloudFeedPath, DATA_FOLDER } from "../sources/fetched.ts";

export type FetchTask =
  | { readonly kind: "geoip"; readonly name: string; readonly source: GeoipSource }
  | { readonly kind: "cloud"; readonly name: CloudProvider }
  /** The name is the URL. */
  | { readonly kind: "subnets"; readonly name: string };

export interface FetchPlan {
  /** By kind, then in the order of the settings or by name. */
  readonly tasks: readonly FetchTask[];
  /** What somebody could expect to be brought, and why it is not. */
  readonly skipped: readonly Skipped[];
  /** Words that stand for nothing, with those that would. */
  readonly unknown: readonly { readonly word: string; readonly known: readonly string[] }[];
}

export interface Skipped {
  readonly kind: FetchTask["kind"];
  readonly name: string;
  readonly reason: string;
}

export interface PlanInput {
  readonly settings: Settings;
  readonly mirrors: readonly Mirror[];
  /** That of mirrorpress.yml. */
  readonly folder: string;
  /** Kinds and names; none for all that is needed. */
  readonly what: readonly string[];
  /** Every provider's networks, whether or not a mirror needs them. */
  readonly all: boolean;
}

export function planFetch(input: PlanInput): FetchPlan {
  const { settings, mirrors, what } = input;
  const wanted = new Set(what);
  const isAsked = ({ kind, name }: Pick<FetchTask, "kind" | "name">) =>
    what.length === 0 || wanted.has(kind) || wanted.has(name);

  const geoip = settings.fetch.geoip.map(
    (source): FetchTask => ({ kind: "geoip", name: nameOfGeoipSource(source), source }),
  );
  const needed = neededProviders(input);
  const cloud = CLOUD_PROVIDERS.filter((name) => needed.has(name) || wanted.has(name)).map(
    (name): FetchTask => ({ kind: "cloud", name }),
  );
  const urls = allowedSubnetUrls(mirrors, settings.fetch.subnetsHosts);
  const subnets = urls.map((name): FetchTask => ({ kind: "subnets", name }));

  const asked = [...geoip, ...cloud, ...subnets].filter(isAsked);
  const unread = asked.flatMap((task) => {
    const reason =
      wanted.has(task.kind) || wanted.has(task.name) ? null : unreadBecause(task, input);
    return reason === null ? [] : [{ kind: task.kind, name: task.name, reason }];
  });
  const isUnread = ({ name }: FetchTask) => unread.some((skipped) => skipped.name === name);
  const known = ["geoip", "cloud", "subnets", ...CLOUD_PROVIDERS, ...geoip.map(({ name }) => name)];
  return {
    tasks: asked.filter((task) => !isUnread(task)),
    skipped: [...unread, ...elsewhere(mirrors, urls).filter(isAsked)],
    unknown: what
      .filter((word) => !known.includes(word) && !urls.includes(word))
      .map((word) => ({ word, known })),
  };
}

/** Lists of networks that mirrors name and nobody allowed. */
function elsewhere(mirrors: readonly Mirror[], allowed: readonly string[]): readonly Skipped[] {
  const named = mirrors.flatMap(({ subnetsFrom }) => subnetsFrom ?? []).map(({ url }) => url);
  return [...new Set(named)]
    .filter((url) => !allowed.includes(url))
    .sort()
    .map((name) => ({ kind: "subnets", name, reason: "its host is not in fetch: subnets_hosts:" }));
}

function neededProviders({ settings, mirrors, all }: PlanInput): ReadonlySet<CloudProvider> {
  const { cloud } = settings.fetch;
  if (all) return new Set(CLOUD_PROVIDERS);
  return new Set(cloud === "auto" ? mirrors.flatMap((m) => providerOf(m) ?? []) : cloud);
}

/** Why a build would not read what the task brings; null where it would. */
function unreadBecause(task: FetchTask, { settings, folder }: PlanInput): string | null {
  const data = resolve(folder, DATA_FOLDER) + sep;
  if (task.kind === "geoip") {
    const { city, asn } = settings.geoip;
    const named = [...city, ...asn].map((path) => resolve(folder, path));
    if (city.length === 0 || asn.length === 0) return null;
    return named.some((path) => path.startsWith(data))
      ? null
      : "mirrorpress.yml names other databases under geoip:";
  }
  if (task.kind === "subnets") return null;
  const named = settings.cloud[task.name];
  return named === undefined || resolve(folder, named) === data + cloudFeedPath(task.name)
    ? null
    : `mirrorpress.yml names "${named}" under cloud:`;
}
