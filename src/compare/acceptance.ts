/** What an operator accepts when they accept a generation that a gate refuses. */
import { createHash } from "node:crypto";
import { type Artifact, sha256Hex } from "../emit/artifact.ts";
import { MANIFEST_PATH } from "../emit/manifest.ts";
import { withoutMetadata } from "./number-tries.ts";

const DIGEST_LENGTH = 16;

/**
 * A digest of what would be published, without its times, and of what it would replace: the same
 * inputs have the same at another minute, and it is worth nothing once another generation is in place.
 */
export function acceptanceDigest(files: readonly Artifact[], replaced: string): string {
  const hash = createHash("sha256").update(`${replaced}\n`);
  for (const { path, bytes } of files) {
    const timeless = withoutTimes(path, bytes);
    if (timeless !== null) hash.update(`${path} ${sha256Hex(timeless)}\n`);
  }
  return hash.digest("hex").slice(0, DIGEST_LENGTH);
}

/** Null for a file that says nothing but what others do, and when it was made. */
function withoutTimes(path: string, bytes: Uint8Array): Uint8Array | string | null {
  if (path === MANIFEST_PATH || path === "nginx/http.conf" || path.endsWith(".html")) return null;
  if (path.endsWith(".mmdb")) return withoutMetadata(path, bytes);
  if (path === "site/mirrors.json") {
    return new TextDecoder().decode(bytes).replace(/^ {2}"built_at": .*\n/m, "");
  }
  return bytes;
}
