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
import { closest } from "../model/closest.ts";
import { CONFIG_KEYS, readConfig } from "../model/config.ts";
import type { ProbeState } from "../model/probe-state.ts";
import { readSettings, SETTINGS_KEYS } from "../model/settings.ts";
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

/** A setting was named that there is not. */
export class NoSuchSettingError extends Error {
  /** What may be meant; "" where nobody can tell. */
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

export interface WhatIfMade {
  readonly generation: ComparedGeneration;
  /** Whether an age is to be allowed that nothing is held against: mirrors were not asked for theirs. */
  readonly agesUnknown: boolean;
}

/**
 * Throws `InputError` for what cannot be read or leaves nothing, `PatchError` for a path that leads
 * nowhere, `NoSuchSettingError`, and `NoSuchMirrorError`.
 */
export async function makeWhatIf(
  { configPath, builtAt, version, phase }: WhatIfOptions,
  change: WhatIf,
): Promise<WhatIfMade> {
  let isOfPatch: IsOfPatch = () => false;
  const changed = (network: WrittenNetwork) => {
    isOfPatch = behindTexts([network.config, network.settings ?? NO_SETTINGS]);
    const patched = withChange(network, change);
    requireUnderstood(patched, isOfPatch);
    return patched;
  };
  const inputs = readInputs({ configPath, builtAt, changed }, phase);
  try {
    requireNone(inputs.diagnostics.filter(isOfPatch));
    const { generation } = await makeGeneration({ builtAt, version }, inputs, phase);
    const asksForAges = change.patches.some(({ path }) => path[0] === "allowed_outdate");
    return {
      generation: openMade(generation.files),
      agesUnknown: asksForAges && !knowsAges(inputs.probe),
    };
  } finally {
    inputs.geoip.close();
  }
}

type IsOfPatch = (diagnostic: Diagnostic) => boolean;

/** Patches stand where the text of their file ends. */
function behindTexts(documents: readonly WrittenDocument[]): IsOfPatch {
  const ends = new Map(documents.map(({ file }) => [file.path, file.text.length]));
  return ({ file, range }) => {
    const end = file && ends.get(file.path);
    return end !== undefined && range !== undefined && range.start >= end && range.end > end;
  };
}

/** What the model says of patches is said before the databases are read. */
function requireUnderstood({ config, settings }: WrittenNetwork, isOfPatch: IsOfPatch): void {
  const diagnostics: Diagnostic[] = [];
  readConfig(config, (each) => diagnostics.push(each));
  if (settings) readSettings(settings, (each) => diagnostics.push(each));
  const wrong = diagnostics.filter(isOfPatch);
  const unknown = wrong.find(({ code }) => code === "unknown-key" || code === "misspelt-key");
  if (unknown !== undefined) throw noSuchSetting(unknown);
  requireNone(wrong);
}

/** A default in place of what was asked for would answer another question. */
function requireNone(wrong: readonly Diagnostic[]): void {
  if (wrong.length > 0) throw new InputError(wrong);
}

function noSuchSetting({ args }: Diagnostic): NoSuchSettingError {
  const { key, place, suggestion, belongs, known } = args;
  if (place !== "the settings") {
    const remedy = suggestion
      ? `perhaps you mean ${suggestion}`
      : known
        ? `there are ${known}`
        : "";
    return new NoSuchSettingError(`there is no "${key}" in ${place}`, remedy);
  }
  // One of config.yml is not known as such where it is misspelt.
  const like = closest(String(key), [...CONFIG_KEYS, ...SETTINGS_KEYS]);
  const remedy = belongs
    ? `"${key}" belongs ${belongs}`
    : like
      ? `perhaps you mean ${like}`
      : `there are ${[...CONFIG_KEYS, ...SETTINGS_KEYS].join(", ")}`;
  return new NoSuchSettingError(`there is no setting "${key}"`, remedy);
}

/** Whether the timestamp of any mirror is known. */
function knowsAges(state: ProbeState | undefined): boolean {
  return Object.values(state?.mirrors ?? {}).some(({ checks }) =>
    Object.values(checks).some(({ updatedAt }) => updatedAt !== undefined),
  );
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
