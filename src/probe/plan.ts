/** What there is to ask of a mirror: pure, from its file, config.yml and the settings. */
import { answers } from "../model/carries.ts";
import type { NetworkConfig } from "../model/config.ts";
import type { Mirror, MirrorUrls } from "../model/mirror.ts";
import { type ProbedProduct, questionKey } from "../model/probe-checks.ts";
import type { ProbeSettings } from "../model/probe-settings.ts";
import type { CheckId } from "../model/probe-state.ts";
import { isoPaths, mirrorlistPaths } from "../model/routing.ts";

export interface MirrorPlan {
  /** Everything that belongs to no module, then each module that the mirror has addresses of. */
  readonly products: readonly ProductPlan[];
  readonly rsync?: { readonly host: string; readonly port: number };
}

export interface ProductPlan {
  /** "" for what belongs to no module. */
  readonly module: ProbedProduct;
  /** https before http. */
  readonly bases: readonly Base[];
  readonly repositories: readonly RepositoryFile[];
  /** Below a base URL; several checks may share one. None where the mirror carries no images. */
  readonly isos: readonly string[];
}

export interface Base {
  readonly protocol: "http" | "https";
  /** Ends in "/". */
  readonly url: string;
  /** As a resolver takes it: an address without brackets. */
  readonly host: string;
}

export interface RepositoryFile {
  readonly check: CheckId;
  readonly directory: string;
  readonly arch: string | undefined;
  /** Of its repomd.xml, below a base URL. */
  readonly path: string;
}

/** All that mirrors can be asked is the same for each, but for what one does not carry. */
export function openPlanner(
  config: NetworkConfig,
  settings: Pick<ProbeSettings, "isos">,
): (mirror: Mirror) => MirrorPlan {
  const repositories = repositoryFiles(config);
  const images = imageFiles(config, settings.isos);
  const planProduct = (mirror: Mirror, module: string | undefined, urls: MirrorUrls) => {
    const isAsked = (question: Asked) =>
      question.module === module &&
      (mirror.carries === undefined || answers(mirror.carries, question, config));
    return {
      module: module ?? "",
      bases: basesOf(urls),
      repositories: repositories.filter(isAsked),
      isos: images.filter(isAsked).map(({ path }) => path),
    };
  };
  return (mirror) => {
    const rsync = mirror.urls.rsync === undefined ? undefined : rsyncOf(mirror.urls.rsync);
    return {
      products: [
        planProduct(mirror, undefined, mirror.urls),
        ...[...mirror.modules].map(([module, urls]) => planProduct(mirror, module, urls)),
      ],
      ...(rsync && { rsync }),
    };
  };
}

interface Asked {
  readonly module?: string;
  readonly directory: string;
  readonly repo?: string;
  readonly arch: string | undefined;
}

/**
 * One for each folder, repository and architecture: "9" and "9.8" are the same folder. A path with a
 * variable that only clients can fill in cannot be asked for.
 */
function repositoryFiles(config: NetworkConfig): readonly (Asked & RepositoryFile)[] {
  const files = new Map<CheckId, Asked & RepositoryFile>();
  for (const { directory, module, repo, path, architectures, vault } of mirrorlistPaths(config)) {
    if (vault) continue;
    for (const arch of architectures.length > 0 ? architectures : [undefined]) {
      const folder = arch === undefined ? path : path.replaceAll("$basearch", arch);
      if (folder.includes("$")) continue;
      const file = { directory, repo, arch, ...(module !== undefined && { module }) };
      const check = questionKey(file);
      files.set(check, { ...file, check, path: `${folder}repodata/repomd.xml` });
    }
  }
  return [...files.values()];
}

function imageFiles(
  config: NetworkConfig,
  names: readonly string[],
): readonly (Asked & { readonly path: string })[] {
  const files = new Map<string, Asked & { readonly path: string }>();
  for (const { directory, module, arch, path: folder, vault } of isoPaths(config)) {
    if (vault) continue;
    for (const name of names) {
      const filled = name.replaceAll("{version}", directory).replaceAll("{arch}", arch);
      const path = `${folder}/${filled}`;
      files.set(path, { directory, arch, path, ...(module !== undefined && { module }) });
    }
  }
  return [...files.values()];
}

function basesOf(urls: MirrorUrls): readonly Base[] {
  return (["https", "http"] as const).flatMap((protocol) => {
    const url = urls[protocol];
    return url === undefined ? [] : { protocol, url, host: hostOf(url) };
  });
}

function rsyncOf(url: string): MirrorPlan["rsync"] {
  return { host: hostOf(url), port: Number(new URL(url).port || 873) };
}

function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, "$1");
}
