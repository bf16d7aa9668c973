/** What a manifest says of its generation, for whoever compares two. */
import { type Json, MANIFEST_FORMAT } from "./manifest.ts";

export interface ManifestSummary {
  readonly id: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly policy: JsonMap;
  readonly counts: JsonMap;
  readonly inputs: readonly JsonMap[];
  /** The manifest itself is not among them. */
  readonly files: number;
  readonly bytes: number;
}

interface JsonMap {
  readonly [key: string]: Json;
}

/** The inverse of `renderManifest`, as far as comparing needs it. Throws on another format. */
export function readSummary(manifest: string): ManifestSummary {
  const read = JSON.parse(manifest) as Written;
  if (read?.format !== MANIFEST_FORMAT) {
    throw new Error("this manifest is of another version of mirrorpress");
  }
  // It goes into pages and into commands to copy.
  if (!GENERATION_ID.test(read.id)) throw new Error("this manifest has no id of a generation");
  const files = Object.values(read.files);
  return {
    id: read.id,
    builtAt: Date.parse(read.builtAt) / 1000,
    policy: read.policy,
    counts: read.counts,
    inputs: read.inputs,
    files: files.length,
    bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const GENERATION_ID = /^\d{8}t\d{6}z-[0-9a-f]{8}$/;

interface Written extends Pick<ManifestSummary, "id" | "policy" | "counts" | "inputs"> {
  readonly format: number;
  readonly builtAt: string;
  readonly files: { readonly [path: string]: { readonly bytes: number } };
}
