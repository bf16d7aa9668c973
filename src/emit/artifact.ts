/** One file of a generation, before anything is written. */
import { createHash } from "node:crypto";

export interface Artifact {
  /** Relative, with "/" between parts, each part matching `[a-z0-9][a-z0-9._-]*`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** An artifact whose digest is known: what is published is compared with it. */
export interface SealedArtifact extends Artifact {
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Throws when the path is not one that a generation may hold. */
export function seal(artifact: Artifact | SealedArtifact): SealedArtifact {
  if (!isArtifactPath(artifact.path)) {
    throw new Error(`a file of a generation cannot be called ${JSON.stringify(artifact.path)}`);
  }
  return "sha256" in artifact ? artifact : { ...artifact, sha256: sha256Hex(artifact.bytes) };
}

function isArtifactPath(path: string): boolean {
  return ARTIFACT_PATH.test(path);
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function textArtifact(path: string, text: string): Artifact {
  return { path, bytes: Buffer.from(text, "utf8") };
}

/** Lower case only, so that no two names differ in case alone. */
const ARTIFACT_PATH = /^[a-z0-9][a-z0-9._-]*(?:\/[a-z0-9][a-z0-9._-]*)*$/;
