/**
 * What would be published if the network were otherwise: a setting another, a mirror gone. All of it
 * is compiled, in memory; nothing is written.
 */
import { type ComparedGeneration, openMade } from "../compare/generation.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { InputError } from "../diagnostics/input-error.ts";
import type { WrittenDocument } from "../diagnostics/written.ts";
import { makeGeneration } from "../generate/make-generation.ts";
import { type Phase, readInputs } from "../inputs/inputs.ts";
import { CONFIG_KEYS } from "../model/config.ts";
import { SETTINGS_FILE, type WrittenNetwork } from "../sources/network.ts";
import { type DocumentPatch, patchDocument } from "./document-patch.ts";

export interface WhatIf {
  /** Each for config.yml where that has the key, else for mirrorpress.yml. */
  readonly patches: readonly DocumentPatch[];
  /** Names of mirrors that are gone. */
  readonly without: readonly string[];
}

export interface WhatIfOptions {
  readonly configPath: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly version: string;
  readonly phase: Phase;
}

/** A mirror was named that the network does not have. */
export class NoSuchMirrorError extends Error {
  readonly mirrorName: string;
  /** Names of those that there are. */
  readonly mirrors: readonly string[];

  constructor(mirrorName: string, mirrors: readonly string[]) {
    super(`there is no mirror "${mirrorName}"`);
    this.mirrorName = mirrorName;
    this.mirrors = mirrors;
  }
}

/**
 * Throws `InputError` for what cannot be read or leaves nothing, `PatchError` for a path that leads
 * nowhere, and `NoSuchMirrorError`.
 */
export async function makeWhatIf(
  { configPath, builtAt, version, phase }: WhatIfOptions,
  change: WhatIf,
): Promise<ComparedGeneration> {
  /** By path, where the text of a file ends and patches begin. */
  const ends = new Map<string, number>();
  const changed = (network: WrittenNetwork) => {
    for (const each of [network.config, network.settings ?? NO_SETTINGS]) {
      ends.set(each.file.path, each.file.text.length);
    }
    return withChange(network, change);
  };
  const inputs = readInputs({ configPath, builtAt, changed }, phase);
  try {
    // A default in place of what was asked for would answer another question.
    const wrong = inputs.diagnostics.filter(({ file, range }) => {
      const end = file && ends.get(file.path);
      return end !== undefined && range !== undefined && range.start >= end && range.end > end;
    });
    if (wrong.length > 0) throw new InputError(wrong);
    const { generation } = await makeGeneration({ builtAt, version }, inputs, phase);
    return openMade(generation.files);
  } finally {
    inputs.geoip.close();
  }
}

function withChange(network: WrittenNetwork, { patches, without }: WhatIf): WrittenNetwork {
  const diagnostics: Diagnostic[] = [];
  let { config, settings = NO_SETTINGS } = network;
  for (const patch of patches) {
    const isOfConfig = CONFIG_KEYS.some((key) => key === patch.path[0]);
    const patched = patchDocument(isOfConfig ? config : settings, patch, (each) => {
      diagnostics.push(each);
    });
    if (patched === null) throw new InputError(diagnostics);
    if (isOfConfig) config = patched;
    else settings = patched;
  }
  const isSet = network.settings !== undefined || settings !== NO_SETTINGS;
  return {
    ...network,
    config,
    ...(isSet && { settings }),
    mirrors: leaveOut(network.mirrors, without),
  };
}

const NO_SETTINGS: WrittenDocument = {
  file: { path: SETTINGS_FILE, text: "" },
  root: { kind: "map", range: { start: 0, end: 0 }, entries: [] },
};

function leaveOut(
  mirrors: readonly WrittenDocument[],
  without: readonly string[],
): readonly WrittenDocument[] {
  const names = mirrors.map(nameOf);
  for (const name of without) {
    if (!names.includes(name)) {
      throw new NoSuchMirrorError(
        name,
        names.filter((each) => each !== undefined),
      );
    }
  }
  const gone = new Set<string | undefined>(without);
  return mirrors.filter((_, at) => !gone.has(names[at]));
}

function nameOf({ root }: WrittenDocument): string | undefined {
  if (root.kind !== "map") return undefined;
  const value = root.entries.findLast(({ key }) => key.text === "name")?.value;
  return value?.kind === "scalar" ? value.text.trim() : undefined;
}
