/** Puts the files of a generation together: gives it its id and the two files that name it. */
import { type Artifact, type SealedArtifact, seal, textArtifact } from "./artifact.ts";
import {
  MANIFEST_PATH,
  type ManifestFacts,
  manifestDigest,
  readManifest,
  renderManifest,
  renewManifest,
} from "./manifest.ts";
import { httpConfiguration, NETWORKS_PATH } from "./nginx.ts";

const HTTP_PATH = "nginx/http.conf";

export interface Generation {
  /** Such as `20261122t114000z-0a1b2c3d`. */
  readonly id: string;
  /** Sorted by path, the manifest last: it is complete when everything it names is. */
  readonly files: readonly SealedArtifact[];
}

/** Same facts and same files, same id and same bytes. Throws when two files have one path. */
export function sealGeneration(
  facts: ManifestFacts,
  artifacts: Iterable<Artifact | SealedArtifact>,
): Generation {
  // Until the id is known, which it names, a placeholder: its line of the manifest is not in the id.
  const placeholder = seal(textArtifact(HTTP_PATH, ""));
  const sorted = sortedByPath([...Array.from(artifacts, seal), placeholder]);
  const digest = manifestDigest(renderManifest("", facts, sorted));
  const id = `${generationTime(facts.builtAt)}-${digest.slice(0, 8)}`;
  const http = seal(textArtifact(HTTP_PATH, httpText(id, facts, sorted)));
  const files = sorted.map((file) => (file === placeholder ? http : file));
  const manifest = seal({ path: MANIFEST_PATH, bytes: renderManifest(id, facts, files) });
  return { id, files: [...files, manifest] };
}

/**
 * The content of a generation once more, as a new one of `builtAt`, in seconds since 1970: every file
 * as it is, but for the two that name it. `sealed` are all files of the old one, as they were read.
 */
export function renewGeneration(sealed: Generation, builtAt: number): Generation {
  const text = (path: string) => {
    const file = sealed.files.find((each) => each.path === path);
    if (file === undefined) throw new Error(`generation ${sealed.id} has no ${path}`);
    return Buffer.from(file.bytes).toString("utf8");
  };
  const manifest = text(MANIFEST_PATH);
  const renew = (id: string) => {
    const http = seal(
      textArtifact(
        HTTP_PATH,
        text(HTTP_PATH).replaceAll(sealed.id, () => id),
      ),
    );
    const renewed = renewManifest(manifest, { id, builtAt, rollbackOf: sealed.id }, http);
    return { http, manifest: seal(textArtifact(MANIFEST_PATH, renewed)) };
  };
  // The lines that the id decides take no part in it.
  const digest = manifestDigest(renew(sealed.id).manifest.bytes);
  const id = `${generationTime(builtAt)}-${digest.slice(0, 8)}`;
  const { http, manifest: last } = renew(id);
  const others = sealed.files.filter(({ path }) => path !== MANIFEST_PATH && path !== HTTP_PATH);
  return { id, files: [...sortedByPath([...others, http]), last] };
}

/**
 * What a generation that was read differs in from what its manifest says, in words; null if it is as
 * it was published. The manifest itself is held against the id.
 */
export function generationFault({ id, files }: Generation): string | null {
  const manifest = files.find(({ path }) => path === MANIFEST_PATH);
  if (manifest === undefined) return `${MANIFEST_PATH} is missing`;
  if (!id.endsWith(`-${manifestDigest(manifest.bytes).slice(0, 8)}`)) {
    return `${MANIFEST_PATH} has changed`;
  }
  const written = readManifest(Buffer.from(manifest.bytes).toString("utf8"));
  const left = new Map(written.files);
  for (const { path, bytes, sha256 } of files) {
    if (path === MANIFEST_PATH) continue;
    const expected = left.get(path);
    if (expected === undefined) return `${path} does not belong there`;
    if (expected.bytes !== bytes.length || expected.sha256 !== sha256) return `${path} has changed`;
    left.delete(path);
  }
  for (const path of left.keys()) return `${path} is missing`;
  return null;
}

function httpText(id: string, { serve }: ManifestFacts, content: readonly Artifact[]): string {
  const networks = content.some(({ path }) => path === NETWORKS_PATH);
  return httpConfiguration({ ...serve, id, networks, client: "remote-address" });
}

function sortedByPath(files: readonly SealedArtifact[]): readonly SealedArtifact[] {
  const sorted = files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  for (const [index, file] of sorted.entries()) {
    if (file.path === sorted[index + 1]?.path) throw new Error(`two files are ${file.path}`);
  }
  return sorted;
}

/** With what an id begins: 20261122t114000z. */
export function generationTime(seconds: number): string {
  return new Date(seconds * 1000)
    .toISOString()
    .replace(/\.\d+Z$/, "z")
    .replace(/[-:]/g, "")
    .toLowerCase();
}
