/** config.yml, in each of AlmaLinux's versions 1 to 3, as one typed form. */
import type { Report } from "../diagnostics/diagnostic.ts";
import type { WrittenDocument, WrittenScalar } from "../diagnostics/written.ts";
import { closest } from "./closest.ts";
import {
  type Field,
  type Fields,
  type Reading,
  readEntries,
  readFields,
  report,
  requireField,
} from "./fields.ts";
import { type Repository, readRepositories } from "./repositories.ts";
import { PROTOCOLS, type Protocol, parseBaseUrl } from "./url.ts";
import { readDuration, readScalar, readScalars, readWord, shorten } from "./values.ts";

export interface NetworkConfig {
  /** As people ask for them, in file order: "8", "8.10". Versions of modules are not among them. */
  readonly versions: readonly string[];
  /**
   * Version line -> the full version that answers for it: "8" -> "8.10". In files of version 1,
   * which do not say it, a line answers for itself.
   */
  readonly duplicatedVersions: ReadonlyMap<string, string>;
  readonly vaultVersions: readonly string[];
  /** Base URL, ending in "/". */
  readonly vaultMirror?: string;
  /** Module -> versions: "kitten" -> ["10"], asked for as "10-kitten". */
  readonly optionalModules: ReadonlyMap<string, readonly string[]>;
  /** By version or version line. */
  readonly arches: ReadonlyMap<string, readonly string[]>;
  /** A mirror needs one of them. */
  readonly requiredProtocols: readonly Protocol[];
  readonly repos: readonly Repository[];
  readonly allowedOutdateSeconds: number;
  /** As written: relative to the folder of config.yml. */
  readonly mirrorsDir: string;
}

/** For mirror files that are checked without any config.yml. */
export const defaultConfig: NetworkConfig = {
  versions: [],
  duplicatedVersions: new Map(),
  vaultVersions: [],
  optionalModules: new Map([["kitten", []]]),
  arches: new Map(),
  requiredProtocols: ["http", "https"],
  repos: [],
  allowedOutdateSeconds: 12 * 3600,
  mirrorsDir: "mirrors.d",
};

export const CONFIG_KEYS = [
  "config_version",
  "allowed_outdate",
  "mirrors_dir",
  "versions",
  "optional_module_versions",
  "duplicated_versions",
  "vault_versions",
  "vault_mirror",
  "arches",
  "required_protocols",
  "repos",
  // Of version 1: the folders it wrote into, and architectures by version.
  "mirrorlist_dir",
  "mirrors_table",
  "versions_arches",
] as const;

type ConfigFields = Fields<(typeof CONFIG_KEYS)[number]>;

/** Null when the file is no map at all; a part that is wrong or missing is reported and left out. */
export function readConfig(document: WrittenDocument, reportTo: Report): NetworkConfig | null {
  const reading: Reading = { file: document.file, report: reportTo };
  const fields = readFields(reading, document.root, {
    what: "the configuration",
    keys: CONFIG_KEYS,
  });
  if (!fields) return null;
  checkConfigVersion(reading, fields);

  const versions = readVersions(reading, require(reading, fields, "versions", '["1.0"]'));
  const vaultVersions = readVersions(reading, fields.get("vault_versions"));
  const optionalModules = readModuleVersions(reading, fields.get("optional_module_versions"));
  const duplicatedVersions = readDuplicated(reading, fields.get("duplicated_versions"), versions);
  const asked = askedVersions({ versions, vaultVersions, optionalModules });
  const arches = readArches(reading, fields, asked);
  const repos = readRepositories(reading, require(reading, fields, "repos"), {
    versions: asked,
    arches: new Set([...arches.values()].flat()),
  });
  const vaultMirror = readVaultMirror(reading, fields, {
    needed: vaultVersions.length > 0 || repos.some(({ vault }) => vault),
  });
  return {
    versions,
    duplicatedVersions,
    vaultVersions,
    ...(vaultMirror && { vaultMirror }),
    optionalModules,
    arches,
    requiredProtocols: readProtocols(reading, fields.get("required_protocols")),
    repos,
    allowedOutdateSeconds: readOutdate(reading, fields),
    mirrorsDir: readMirrorsDir(reading, fields),
  };
}

/** Every version by a name of its own, in the order in which they are shown. */
export function askedVersions(
  config: Pick<NetworkConfig, "versions" | "vaultVersions" | "optionalModules">,
): readonly string[] {
  const ofModules = [...config.optionalModules].flatMap(([module, versions]) =>
    versions.map((version) => `${version}-${module}`),
  );
  return [...new Set([...config.versions, ...ofModules, ...config.vaultVersions])];
}

function require(
  reading: Reading,
  fields: ConfigFields,
  key: (typeof CONFIG_KEYS)[number],
  example?: string,
): Field | undefined {
  const consequence = "no repository can be served";
  return requireField(reading, fields, key, { consequence, ...(example && { example }) });
}

function checkConfigVersion(reading: Reading, fields: ConfigFields): void {
  const field = fields.get("config_version");
  const scalar = field && readScalar(reading, field.value, "config_version");
  if (scalar && !/^[123]$/.test(scalar.text.trim())) {
    report(reading, "config-version", scalar.range, { text: shorten(scalar.text) });
  }
}

/** Versions become parts of paths and of file names. */
const VERSION = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Versions in file order, each once. */
function readVersions(reading: Reading, field: Field | undefined): readonly string[] {
  if (!field) return [];
  const seen = new Map<string, WrittenScalar>();
  for (const scalar of readScalars(reading, field)) {
    const version = readVersion(reading, scalar);
    if (version === undefined) continue;
    if (seen.has(version)) {
      report(reading, "given-twice", scalar.range, { text: version, key: field.key });
    } else {
      seen.set(version, scalar);
    }
  }
  return [...seen.keys()];
}

function readVersion(reading: Reading, scalar: WrittenScalar): string | undefined {
  const version = scalar.text.trim();
  if (VERSION.test(version)) return version;
  report(reading, "bad-version", scalar.range, { text: shorten(version) });
  return undefined;
}

/**
 * Modules name list sets, as do "all" (what belongs to no module), "-http" and ".2" behind a name:
 * none of them may read like another's. They are addresses as well, beside those of everything else.
 */
const MODULE =
  /^(?!(?:all|debug|index|isolist|isos|mirrorlist|mirrorpress|near|nearest|site|whoami)$)[a-z0-9][a-z0-9_-]{0,31}(?<!-https?)$/;

function readModuleVersions(
  reading: Reading,
  field: Field | undefined,
): NetworkConfig["optionalModules"] {
  const modules = new Map<string, readonly string[]>();
  for (const { key, value } of field ? readEntries(reading, field) : []) {
    const module = key.text.trim();
    if (!MODULE.test(module)) {
      report(reading, "bad-module", key.range, { text: shorten(module) });
      continue;
    }
    modules.set(module, readVersions(reading, { key: module, value, range: value.range }));
  }
  return modules;
}

/** A map from lines to versions; in files of version 1 a list of lines. */
function readDuplicated(
  reading: Reading,
  field: Field | undefined,
  versions: readonly string[],
): NetworkConfig["duplicatedVersions"] {
  const duplicated = new Map<string, string>();
  if (field && field.value.kind !== "map") {
    for (const line of readVersions(reading, field)) duplicated.set(line, line);
    return duplicated;
  }
  for (const { key, value } of field ? readEntries(reading, field) : []) {
    const line = readVersion(reading, key);
    const scalar = readScalar(reading, value, key.text, `"${key.text}: ${versions[0] ?? "1.0"}"`);
    const full = scalar && readVersion(reading, scalar);
    if (line === undefined || !full) continue;
    if (versions.includes(full)) {
      duplicated.set(line, full);
    } else {
      const suggestion = versions.findLast((version) => version.startsWith(`${line}.`));
      report(reading, "unknown-version", scalar.range, { version: full, suggestion });
    }
  }
  return duplicated;
}

/** By version; in files of version 1 one list for all, which `versions_arches` may overrule. */
function readArches(
  reading: Reading,
  fields: ConfigFields,
  asked: readonly string[],
): NetworkConfig["arches"] {
  const arches = new Map<string, readonly string[]>();
  const common = fields.get("arches");
  if (common && common.value.kind !== "map") {
    const list = readVersions(reading, common);
    for (const version of asked) arches.set(version, list);
  }
  for (const field of [common, fields.get("versions_arches")]) {
    if (field?.value.kind !== "map") continue;
    for (const { key, value } of readEntries(reading, field)) {
      const version = key.text;
      if (!asked.some((other) => other === version || other.startsWith(`${version}.`))) {
        const suggestion = closest(version, asked);
        report(reading, "unknown-version", key.range, { version: shorten(version), suggestion });
        continue;
      }
      arches.set(version, readVersions(reading, { key: version, value, range: value.range }));
    }
  }
  return arches;
}

function readProtocols(reading: Reading, field: Field | undefined): readonly Protocol[] {
  if (!field) return defaultConfig.requiredProtocols;
  const protocols = readScalars(reading, field).flatMap((scalar) => {
    const unknown = (suggestion: Protocol | undefined) =>
      report(reading, "unknown-protocol", scalar.range, { text: shorten(scalar.text), suggestion });
    return readWord(scalar, PROTOCOLS, unknown) ?? [];
  });
  return protocols.some((protocol) => protocol === "http" || protocol === "https")
    ? [...new Set(protocols)]
    : defaultConfig.requiredProtocols;
}

function readVaultMirror(
  reading: Reading,
  fields: ConfigFields,
  { needed }: { readonly needed: boolean },
): string | undefined {
  const field = fields.get("vault_mirror");
  const scalar = field && readScalar(reading, field.value, "vault_mirror");
  const scheme = scalar?.text.trim().startsWith("https:") ? "https" : "http";
  const parsed = scalar ? parseBaseUrl(scalar.text, scheme) : undefined;
  if (parsed && "url" in parsed) return parsed.url;
  if (scalar) {
    const args = { text: shorten(scalar.text), scheme, reason: "clients could not use it" };
    report(reading, "bad-url", scalar.range, args);
  }
  if (needed) report(reading, "no-vault-mirror", field?.range ?? fields.range, {});
  return undefined;
}

function readOutdate(reading: Reading, fields: ConfigFields): number {
  const field = requireField(reading, fields, "allowed_outdate", {
    consequence: "12h is used",
    example: "12h",
  });
  const duration = field && readDuration(reading, field);
  return duration?.seconds ?? defaultConfig.allowedOutdateSeconds;
}

function readMirrorsDir(reading: Reading, fields: ConfigFields): string {
  const field = requireField(reading, fields, "mirrors_dir", {
    consequence: `"${defaultConfig.mirrorsDir}" is used`,
    example: defaultConfig.mirrorsDir,
  });
  const scalar = field && readScalar(reading, field.value, "mirrors_dir");
  return scalar?.text.trim() || defaultConfig.mirrorsDir;
}
