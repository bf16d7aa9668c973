/** Which mirrorlist URLs there are, and what each of them asks for. */
import { askedVersions, type NetworkConfig } from "./config.ts";
import type { Repository } from "./repositories.ts";

export interface ResolvedVersion {
  /** The folder on the mirrors: "8.10", "10-kitten". */
  readonly version: string;
  /** The module whose addresses serve it. */
  readonly module?: string;
  /** Whether the vault alone has it. */
  readonly vault: boolean;
}

export interface MirrorlistPath {
  /** As in the URL, `/mirrorlist/<version>/<repo>`: an alias such as "8" has entries of its own. */
  readonly version: string;
  readonly repo: string;
  readonly module?: string;
  /** Answered with one line, `vaultMirror` + `path`, whoever asks. */
  readonly vault: boolean;
  /** What follows a mirror's base URL: "8.10/BaseOS/$basearch/os/". */
  readonly path: string;
  /** The folder on the mirrors, the beginning of `path`: "8.10". */
  readonly directory: string;
  /** What `$basearch` can be, the usual one first. */
  readonly architectures: readonly string[];
}

export interface IsoPath {
  /** As in the URL, `/isolist/<version>/<arch>`. */
  readonly version: string;
  readonly arch: string;
  readonly module?: string;
  readonly vault: boolean;
  /** "8.10/isos/x86_64". */
  readonly path: string;
  readonly directory: string;
}

/**
 * Every valid pair of a version and a repository, aliases and vault included, in the order of
 * config.yml. Nothing is served from a vault that has no address.
 */
export function mirrorlistPaths(config: NetworkConfig): readonly MirrorlistPath[] {
  return versionsInUrls(config).flatMap((version) => {
    const resolved = resolveVersion(config, version);
    if (!resolved) return [];
    return config.repos
      .filter((repo) => existsIn(config, repo, resolved))
      .map((repo): MirrorlistPath => {
        const { module } = resolved;
        return {
          version,
          repo: repo.name,
          ...(module !== undefined && { module }),
          vault: resolved.vault || repo.vault,
          path: `${resolved.version}/${repo.path}`,
          directory: resolved.version,
          architectures: architecturesOf(config, resolved, repo),
        };
      })
      .filter(({ vault }) => !vault || config.vaultMirror !== undefined);
  });
}

/** Every valid pair of a version and an architecture of the ISO images, in the same order. */
export function isoPaths(config: NetworkConfig): readonly IsoPath[] {
  return versionsInUrls(config).flatMap((version) => {
    const resolved = resolveVersion(config, version);
    if (!resolved || (resolved.vault && config.vaultMirror === undefined)) return [];
    const { version: directory, module, vault } = resolved;
    return architecturesOf(config, resolved).map((arch): IsoPath => {
      const path = `${directory}/isos/${arch}`;
      return { version, arch, ...(module !== undefined && { module }), vault, path, directory };
    });
  });
}

function versionsInUrls(config: NetworkConfig): readonly string[] {
  return [...new Set([...config.duplicatedVersions.keys(), ...askedVersions(config)])];
}

/** Of the version itself, else of its line; those of them that the repository has. */
function architecturesOf(
  config: NetworkConfig,
  { version, module }: ResolvedVersion,
  repo?: Repository,
): readonly string[] {
  const { arches } = config;
  const line = module === undefined ? lineOf(config, version) : undefined;
  const all = arches.get(version) ?? (line === undefined ? undefined : arches.get(line)) ?? [];
  return all.filter((arch) => repo?.arches === undefined || repo.arches.includes(arch));
}

/**
 * The version that a URL asks for, or null when there is none. One that nobody lists belongs to the
 * longest line that it continues by whole components: with "9" -> "9.8", "9.99" is 9.8, while
 * "99.995" and "9-beta" are unknown.
 */
export function resolveVersion(config: NetworkConfig, asked: string): ResolvedVersion | null {
  const duplicated = config.duplicatedVersions.get(asked);
  if (duplicated !== undefined) return { version: duplicated, vault: false };
  if (config.versions.includes(asked)) return { version: asked, vault: false };
  for (const [module, versions] of config.optionalModules) {
    if (versions.some((version) => asked === `${version}-${module}`)) {
      return { version: asked, module, vault: false };
    }
  }
  if (config.vaultVersions.includes(asked)) return { version: asked, vault: true };
  const line = lineOf(config, asked);
  const full = line === undefined ? undefined : config.duplicatedVersions.get(line);
  return full === undefined ? null : { version: full, vault: false };
}

/**
 * A repository that names its versions names the present ones. A version of the vault has what the
 * present version of its line has; a line that stands for itself, what any version of it has.
 */
function existsIn(config: NetworkConfig, { versions }: Repository, at: ResolvedVersion): boolean {
  if (versions === undefined || versions.includes(at.version)) return true;
  if (at.vault) {
    const line = lineOf(config, at.version);
    const present = line === undefined ? undefined : config.duplicatedVersions.get(line);
    return present !== undefined && present !== at.version && versions.includes(present);
  }
  return (
    config.duplicatedVersions.get(at.version) === at.version &&
    versions.some((version) => lineOf(config, version) === at.version)
  );
}

/** The longest line of which the version is a later component: "9.4-beta" is of "9". */
export function lineOf(config: NetworkConfig, version: string): string | undefined {
  let longest: string | undefined;
  for (const line of config.duplicatedVersions.keys()) {
    const components = version.slice(line.length).split(".").slice(1);
    if (!version.startsWith(`${line}.`) || components.includes("")) continue;
    if (longest === undefined || line.length > longest.length) longest = line;
  }
  return longest;
}
