/**
 * Databases in packages of the npm registry, by its documented API:
 *
 *     GET <registry>/@scope%2Fname    {"dist-tags": {"latest"}, "versions": {<version>: {"license",
 *                                      "dist": {"tarball", "integrity"}}}}
 *     GET <tarball>                   package/<file> in a .tar.gz
 *
 * The integrity is a list of digests as in the W3C's Subresource Integrity; sha512 must be among them.
 */
import { createHash } from "node:crypto";
import { unpackTarGz } from "./archive.ts";
import { ask, type Brought, type FetchTools, unexpected } from "./ask.ts";
import { FetchError } from "./failure.ts";

export interface PackageRequest {
  readonly name: string;
  /** The latest unless given. */
  readonly version?: string;
  /** Of the last good copy. */
  readonly knownVersion?: string;
  /** Scheme and host. */
  readonly registry: string;
}

export interface PackageFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A package of daily releases has some thousands of versions. */
const MAX_METADATA_BYTES = 64 * 1024 * 1024;
const MAX_TARBALL_BYTES = 512 * 1024 * 1024;

/** Its databases, in name order; null where there is no other version. @throws {FetchError} */
export async function fetchPackage(
  tools: FetchTools,
  request: PackageRequest,
): Promise<Brought<readonly PackageFile[]> | null> {
  const found = await findRelease(tools, request);
  if (found.version === request.knownVersion) return null;
  const answer = await ask(tools, { url: found.tarball, maxBytes: MAX_TARBALL_BYTES });
  if (answer.status !== 200) throw unexpected(answer);
  const digest = createHash("sha512").update(answer.body).digest("base64");
  if (!found.sha512.includes(digest)) {
    throw new FetchError(
      `the archive of ${request.name} is not the one that the registry describes`,
      "Try again later; if it is the same, do not trust what lies between here and the registry.",
    );
  }
  const files = await databasesOf(answer.body);
  if (files.length === 0)
    throw new FetchError(`${request.name} holds neither .mmdb nor .csv files`);
  const { version, licence, tarball } = found;
  return { content: files, url: tarball, version, ...(licence !== undefined && { licence }) };
}

interface Release {
  readonly version: string;
  readonly tarball: string;
  /** Base64, any of which the archive may have. */
  readonly sha512: readonly string[];
  readonly licence?: string;
}

async function findRelease(
  tools: FetchTools,
  { name, version: wanted, registry }: PackageRequest,
): Promise<Release> {
  const answer = await ask(tools, {
    url: `${registry}/${name.replace("/", "%2F")}`,
    headers: { accept: "application/json" },
    maxBytes: MAX_METADATA_BYTES,
  });
  if (answer.status === 404) {
    const remedy = "Check its spelling under fetch: geoip: in mirrorpress.yml.";
    throw new FetchError(`the registry has no package ${name}`, remedy);
  }
  if (answer.status !== 200) throw unexpected(answer);
  const root = parseJson(answer.body);
  const version = wanted ?? textOf(mapOf(root["dist-tags"])["latest"]);
  if (version === undefined)
    throw new FetchError(`the registry names no latest version of ${name}`);
  const release = mapOf(mapOf(root["versions"])[version]);
  const dist = mapOf(release["dist"]);
  const tarball = textOf(dist["tarball"]);
  if (tarball === undefined)
    throw new FetchError(`the registry has no version ${version} of ${name}`);
  // Else whoever may publish the package could have any host asked for anything.
  if (!tarball.startsWith(`${registry}/`)) {
    throw new FetchError(`the registry has the archive of ${name} on another host`);
  }
  const sha512 = [...(textOf(dist["integrity"]) ?? "").matchAll(/\bsha512-([A-Za-z0-9+/]{86}==)/g)];
  if (sha512.length === 0) {
    throw new FetchError(`the registry gives no sha512 digest of ${name} ${version}`);
  }
  const licence = textOf(release["license"])?.slice(0, MAX_LICENCE);
  return {
    ...{ version, tarball, sha512: sha512.map(([, digest]) => digest as string) },
    ...(licence && { licence }),
  };
}

const MAX_LICENCE = 200;

/** The databases; where there are none, the tables, without those that write addresses as numbers. */
async function databasesOf(archive: Uint8Array): Promise<readonly PackageFile[]> {
  const unpacked = await unpackTarGz(archive, (name) =>
    /^[^/]+\/[a-z0-9][a-z0-9._-]*(?:\.mmdb|(?<!-num)\.csv)$/.test(name),
  );
  const files = unpacked.map(({ name, bytes }) => ({ name: name.replace(/^.*\//, ""), bytes }));
  const databases = files.filter(({ name }) => name.endsWith(".mmdb"));
  return (databases.length > 0 ? databases : files).sort((a, b) => (a.name < b.name ? -1 : 1));
}

function parseJson(body: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    return mapOf(JSON.parse(Buffer.from(body).toString("utf8")));
  } catch {
    throw new FetchError("the registry does not answer in JSON");
  }
}

function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** Of plain characters, as versions, URLs and digests are; a licence may be a sentence. */
function textOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x20-\x7e]{1,2048}$/.test(value) ? value : undefined;
}
