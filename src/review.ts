/**
 * The report on a contribution: are its mirror files valid, do the mirrors answer, where are they
 * placed, and whom would they serve instead of whom. Nothing is written, and of the contribution
 * nothing but mirror files is read.
 */
import { asnOf } from "./client.ts";
import { compileInputs } from "./compile-inputs.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { EnvironmentError } from "./diagnostics/environment.ts";
import { InputError } from "./diagnostics/input-error.ts";
import { wordingOf } from "./diagnostics/wording.ts";
import { changesOfClients, countClients, type FamilyChange } from "./diff-clients.ts";
import { type ClassIndex, emitClasses, readClasses } from "./emit/classes.ts";
import { distanceKm } from "./geo/distance.ts";
import { type Inputs, type Phase, readInputs } from "./inputs.ts";
import { parseAddress } from "./ip/address.ts";
import type { Mirror, PlacedBy, PlacedMirror } from "./model/mirror.ts";
import { suspicion } from "./model/probe-memory.ts";
import type { MirrorResult, MirrorState, ProbeState } from "./model/probe-state.ts";
import { type ProbeOptions, type ProbeRun, probeMirrors } from "./probe/probe.ts";
import { mirrorsToProbe } from "./probe-network.ts";
import { effectOf, type ReviewEffect } from "./review-effect.ts";
import { type Contribution, type FileChange, readContribution } from "./review-files.ts";
import { countAnnounced } from "./routes/announced.ts";
import { countPairs, type NumberTrie } from "./routes/diff.ts";
import { numberedRanges } from "./routes/marks.ts";
import { emptyLists } from "./safety.ts";

export interface ReviewOptions
  extends Pick<ProbeOptions, "version" | "now" | "onEvent" | "signal"> {
  readonly configPath: string;
  /** All mirrors as they would be. */
  readonly mirrorsFolder: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  /** Opens the way to the mirrors; null to ask none. */
  readonly openNet: ((contribution: Contribution) => ProbeOptions["net"]) | null;
  readonly phase: Phase;
}

export interface Review {
  /** By path. */
  readonly changes: readonly ReviewedChange[];
  /** What the contribution brings about in no file of its own: a list set that is empty. */
  readonly diagnostics: readonly Diagnostic[];
  /** Null when no mirror was asked. */
  readonly probe: ReviewProbe | null;
  /** Null when it cannot be told, for the reason given. */
  readonly effect: ReviewEffect | null;
  readonly noEffect?: string;
  /** How many IPv4 clients have another first mirror, or another list; absent without an effect. */
  readonly clients?: FamilyChange;
}

export interface ReviewProbe extends Pick<ProbeRun, "control" | "endedAt"> {
  /** Why what failed says nothing of the mirrors; null when it does. */
  readonly suspect: string | null;
}

export interface ReviewedChange extends FileChange {
  readonly diagnostics: readonly Diagnostic[];
  /** What came of asking the mirror, or why it was not asked. */
  readonly answers: MirrorResult | { readonly notAsked: string };
  /** Absent when nothing could be placed, for `noEffect`. */
  readonly placed?: ReviewedPlace;
  /** Whose network it is in. */
  readonly networks: readonly ReviewedNetwork[];
  /** Public mirrors around it, the nearest first. */
  readonly neighbours: readonly Neighbour[];
  /** Why it would be in no list. */
  readonly leftOut?: string;
}

export interface Neighbour {
  readonly name: string;
  readonly distanceKm: number;
}

export interface ReviewedPlace {
  readonly city?: string;
  readonly subdivision?: string;
  /** Code. */
  readonly country?: string;
  /** Absent when nothing says where it is: it is then in no list by place. */
  readonly at?: { readonly latitude: number; readonly longitude: number };
  readonly by?: PlacedBy;
}

export interface ReviewedNetwork {
  readonly asn: number;
  readonly holder?: string;
  /** Whether its file says so, or its addresses do. */
  readonly by: "file" | "address";
}

/** So many mirrors are asked at the most: whoever contributes more brings their own prober. */
const MAX_ASKED = 100;

/** Throws when the network itself cannot be read, or the contribution is none. */
export async function reviewContribution(options: ReviewOptions): Promise<Review> {
  const { phase } = options;
  const contribution = phase("contributed files", () =>
    readContribution(options.configPath, options.mirrorsFolder),
  );
  const run = await ask(contribution, options);
  const network = compare(contribution, run, options);
  return {
    changes: contribution.changes.map((change) => reviewed(change, run, network)),
    diagnostics: network.diagnostics,
    probe: run && { ...run, suspect: suspicion(null, run) },
    effect: network.effect,
    ...(network.noEffect !== undefined && { noEffect: network.noEffect }),
    ...(network.clients && { clients: network.clients }),
  };
}

/** Mirrors that a file contributes, as they stand in it. */
function contributedMirrors({ changes }: Contribution): readonly Mirror[] {
  return changes.flatMap(({ kind, after, isDuplicate }) =>
    after && !isDuplicate && kind !== "moved" ? after : [],
  );
}

async function ask(
  contribution: Contribution,
  { openNet, builtAt, ...options }: ReviewOptions,
): Promise<ProbeRun | null> {
  const mirrors = mirrorsToProbe(contributedMirrors(contribution), builtAt).slice(0, MAX_ASKED);
  if (openNet === null || mirrors.length === 0) return null;
  const { config, settings } = contribution;
  const net = openNet(contribution);
  return probeMirrors(mirrors, { ...options, config, settings: settings.probe, net });
}

interface Compared {
  readonly clients?: FamilyChange;
  readonly effect: ReviewEffect | null;
  readonly noEffect?: string;
  readonly diagnostics: readonly Diagnostic[];
  /** What is wrong with the contribution's files, by path. */
  readonly ofFiles: ReadonlyMap<string, readonly Diagnostic[]>;
  readonly mirrors: ReadonlyMap<string, PlacedMirror>;
  readonly leftOut: ReadonlyMap<string, string>;
  readonly networksOf: ReadonlyMap<string, readonly ReviewedNetwork[]>;
  readonly neighboursOf: ReadonlyMap<string, readonly Neighbour[]>;
}

/** Without a database nothing is placed, and all but that is still told. */
function compare(
  contribution: Contribution,
  run: ProbeRun | null,
  { configPath, mirrorsFolder, builtAt, phase }: ReviewOptions,
): Compared {
  const names = new Set(
    contribution.changes.flatMap(({ before, after }) =>
      [before, after].flatMap((mirror) => mirror?.name ?? []),
    ),
  );
  const contributed = contributedMirrors(contribution).map(({ name }) => name);
  const known = (held: ProbeState | undefined) => knownAfter(held, contributed, run, builtAt);
  let old: ReadonlySet<string> | undefined;
  try {
    const before = compiled({ configPath, builtAt }, named("as it is", phase));
    old = new Set(before.diagnostics.map(keyOf));
    const after = compiled(
      { configPath, builtAt, contributed: { folder: mirrorsFolder, known } },
      named("as it would be", phase),
      (inputs) => placesOf(inputs, names),
    );
    return {
      ...phase("compare", () => ({
        effect: effectOf(before.index, after.index, names),
        clients: changedClients(before, after),
      })),
      diagnostics: ofNoFile(after.diagnostics, old),
      ofFiles: byFile(after.diagnostics, contribution),
      ...after.found!,
    };
  } catch (error) {
    const noEffect = reasonOf(error);
    if (noEffect === null) throw error;
    return {
      effect: null,
      noEffect,
      // What only the contribution brings about is a fault of it.
      diagnostics: error instanceof InputError && old ? ofNoFile(error.diagnostics, old) : [],
      ofFiles: byFile(contribution.diagnostics, contribution),
      mirrors: new Map(),
      leftOut: new Map(),
      networksOf: new Map(),
      neighboursOf: new Map(),
    };
  }
}

/** Those of the network as it would be that it does not have as it is. */
function ofNoFile(
  diagnostics: readonly Diagnostic[],
  old: ReadonlySet<string>,
): readonly Diagnostic[] {
  return diagnostics.filter((each) => !each.file && !old.has(keyOf(each)));
}

/** Null for what is a bug. */
function reasonOf(error: unknown): string | null {
  if (error instanceof EnvironmentError) return error.message;
  if (!(error instanceof InputError)) return null;
  const first = error.diagnostics.find(({ severity }) => severity === "error");
  return first ? wordingOf(first).message : "the network cannot be built";
}

function named(side: string, phase: Phase): Phase {
  return (name, work) => phase(`${side}: ${name}`, work);
}

/**
 * A mirror that is contributed is taken to be in order: its report shows what it is worth once it
 * is. Of its addresses the latest are known.
 */
function knownAfter(
  held: ProbeState | undefined,
  contributed: readonly string[],
  run: ProbeRun | null,
  at: number,
): ProbeState | undefined {
  const results = new Map(run?.results.map((result) => [result.name, result]));
  if (held === undefined && results.size === 0) return undefined;
  const mirrors: Record<string, MirrorState> = { ...held?.mirrors };
  for (const name of contributed) {
    const addresses = results.get(name)?.addresses ?? { ipv4: [], ipv6: [] };
    mirrors[name] = { addresses, checks: {}, repositories: 0 };
  }
  return { probedAt: at, allowedOutdateSeconds: 0, ...held, mirrors };
}

type Found = Pick<Compared, "mirrors" | "leftOut" | "networksOf" | "neighboursOf">;

interface Compiled {
  readonly index: ClassIndex;
  readonly trie: NumberTrie;
  readonly diagnostics: readonly Diagnostic[];
  readonly found?: Found;
}

/** In the list set of everything. IPv4 alone, for which all addresses count. */
function changedClients(before: Compiled, after: Compiled): FamilyChange {
  const pairs = countPairs(before.trie, after.trie, []);
  return changesOfClients(countClients(before.index, after.index, pairs), [0, 0]).ipv4;
}

function compiled(
  options: Parameters<typeof readInputs>[0],
  phase: Phase,
  look?: (inputs: Inputs) => Found,
): Compiled {
  const inputs = readInputs(options, phase);
  try {
    const routes = phase("compile routes", () => compileInputs(inputs));
    const classes = emitClasses(
      inputs.mirrors.map(({ name }) => name),
      { ...routes.table, classes: routes.classes },
      countAnnounced(routes, numberedRanges(inputs.asns.ipv6)),
    );
    return {
      index: readClasses(new TextDecoder().decode(classes.bytes)),
      trie: routes.table,
      diagnostics: [...inputs.diagnostics, ...emptyLists(routes)],
      ...(look && { found: look(inputs) }),
    };
  } finally {
    inputs.geoip.close();
  }
}

/** What the databases say of the mirrors named. */
function placesOf(inputs: Inputs, names: ReadonlySet<string>): Found {
  const mirrors = inputs.mirrors.filter(({ name }) => names.has(name));
  return {
    mirrors: new Map(mirrors.map((mirror) => [mirror.name, mirror])),
    leftOut: new Map(inputs.leftOut.map(({ name, reason }) => [name, reason])),
    networksOf: new Map(mirrors.map((mirror) => [mirror.name, networksOf(mirror, inputs)])),
    neighboursOf: new Map(mirrors.map((mirror) => [mirror.name, neighboursOf(mirror, inputs)])),
  };
}

function networksOf(mirror: PlacedMirror, { asns, probe }: Inputs): readonly ReviewedNetwork[] {
  const { ipv4 = [], ipv6 = [] } = probe?.mirrors[mirror.name]?.addresses ?? {};
  const own = [...ipv4, ...ipv6].flatMap((text) => {
    const address = parseAddress(text);
    return (address && asnOf(address, asns)) ?? [];
  });
  // Where addresses count, they are among the mirror's ASNs already.
  const ofAddresses = new Set(own);
  return [...new Set([...mirror.asns, ...own])].map((asn) => {
    const holder = asns.nameOf(asn);
    return {
      asn,
      ...(holder !== null && { holder }),
      by: ofAddresses.has(asn) ? "address" : "file",
    };
  });
}

const NEIGHBOURS = 3;

function neighboursOf(mirror: PlacedMirror, { mirrors }: Inputs): readonly Neighbour[] {
  const at = mirror.placed?.at;
  if (at === undefined) return [];
  return mirrors
    .flatMap(({ name, reach, placed }): readonly Neighbour[] => {
      if (name === mirror.name || reach !== "public" || !placed) return [];
      return [{ name, distanceKm: distanceKm(at, placed.at) }];
    })
    .sort((a, b) => a.distanceKm - b.distanceKm || (a.name < b.name ? -1 : 1))
    .slice(0, NEIGHBOURS);
}

/** Of a diagnostic without a file: whether it was there before. */
function keyOf({ code, args, file }: Diagnostic): string {
  return JSON.stringify([code, args, file?.path]);
}

function reviewed(change: FileChange, run: ProbeRun | null, network: Compared): ReviewedChange {
  const name = change.after?.name;
  const mirror = name === undefined ? undefined : network.mirrors.get(name);
  const leftOut = name === undefined ? undefined : network.leftOut.get(name);
  return {
    ...change,
    diagnostics: network.ofFiles.get(change.path) ?? [],
    answers: answersOf(change, run),
    ...(mirror && { placed: placeOf(mirror) }),
    networks: (name !== undefined && network.networksOf.get(name)) || [],
    neighbours: (name !== undefined && network.neighboursOf.get(name)) || [],
    ...(leftOut !== undefined && { leftOut }),
  };
}

/** By the path of a file, and as the repository names files, so that they can be shown there. */
function byFile(
  all: readonly Diagnostic[],
  { inRepository }: Contribution,
): ReadonlyMap<string, readonly Diagnostic[]> {
  const named = (shown: string) => inRepository(shown) ?? shown;
  const found = new Map<string, Diagnostic[]>();
  for (const diagnostic of all) {
    const { file, args } = diagnostic;
    if (file === undefined) continue;
    const path = named(file.path);
    // Of two files with one name the later is reported, and the earlier may be the new one.
    const first = typeof args["firstPath"] === "string" ? named(args["firstPath"]) : path;
    const shown: Diagnostic = {
      ...diagnostic,
      file: { ...file, path },
      ...(first !== path && { args: { ...args, firstPath: first } }),
    };
    for (const each of new Set([path, first])) {
      const ofFile = found.get(each);
      if (ofFile) ofFile.push(shown);
      else found.set(each, [shown]);
    }
  }
  return found;
}

function answersOf(
  { kind, after, isDuplicate }: FileChange,
  run: ProbeRun | null,
): ReviewedChange["answers"] {
  const result = run?.results.find(({ name }) => name === after?.name);
  if (result && !isDuplicate && kind !== "moved") return result;
  return { notAsked: whyNotAsked(kind, after, isDuplicate, run) };
}

function whyNotAsked(
  kind: FileChange["kind"],
  mirror: Mirror | undefined,
  isDuplicate: boolean,
  run: ProbeRun | null,
): string {
  if (kind === "removed") return "it is removed";
  if (kind === "moved") return "its file only moves";
  if (mirror === undefined) return "its file cannot be used";
  if (isDuplicate) return "another file has its name";
  if (mirror.reach !== "public") return `a ${mirror.reach} mirror answers its own networks alone`;
  if (mirror.disabled) return "it is disabled";
  return run === null ? "no mirror was to be asked" : `only ${MAX_ASKED} mirrors are asked`;
}

function placeOf({ location, placed }: PlacedMirror): ReviewedPlace {
  return {
    ...(location.city !== undefined && { city: location.city }),
    ...(location.subdivision !== undefined && { subdivision: location.subdivision }),
    ...(location.country !== undefined && { country: location.country }),
    ...(placed && { at: placed.at, by: placed.by }),
  };
}
