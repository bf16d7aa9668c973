/** Puts the files of a generation together: gives it its id and the two files that name it. */
import { type Artifact, type SealedArtifact, seal, textArtifact } from "./artifact.ts";
import { MANIFEST_PATH, type ManifestFacts, manifestDigest, renderManifest } from "./manifest.ts";
import { httpConfiguration, NETWORKS_PATH } from "./nginx.ts";

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
  const content = [...artifacts].map(seal);
  const id = generationId(facts, content);
  const http = seal(textArtifact("nginx/http.conf", httpText(id, facts, content)));
  const files = sortedByPath([...content, http]);
  const manifest = seal(textArtifact(MANIFEST_PATH, renderManifest(id, facts, files)));
  return { id, files: [...files, manifest] };
}

/** http.conf takes part with a placeholder: it is there, and none of its lines counts. */
function generationId(facts: ManifestFacts, content: readonly SealedArtifact[]): string {
  const http = seal(textArtifact("nginx/http.conf", ""));
  const digest = manifestDigest(renderManifest("", facts, sortedByPath([...content, http])));
  return `${generationTime(facts.builtAt)}-${digest.slice(0, 8)}`;
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
