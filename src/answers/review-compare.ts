/**
 * A network as it is and as contributed mirrors would have it, one after the other: both compiled in
 * memory and compared, and what the databases say of the mirrors in question.
 */
import { changesOfClients, countClients, type FamilyChange } from "../compare/clients.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { InputError } from "../diagnostics/input-error.ts";
import { wordingOf } from "../diagnostics/wording.ts";
import { type ClassIndex, emitClasses, readClasses } from "../emit/classes.ts";
import { compileInputs } from "../generate/compile-inputs.ts";
import { emptyLists } from "../generate/safety.ts";
import { distanceKm } from "../geo/distance.ts";
import { type Inputs, type Phase, readInputs } from "../inputs/inputs.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import type { MirrorState, ProbeState } from "../model/probe-state.ts";
import type { ProbeRun } from "../probe/probe.ts";
import { countAnnounced } from "../routes/announced.ts";
import { countPairs, type NumberTrie } from "../routes/diff.ts";
import { numberedRanges } from "../routes/marks.ts";
import { effectOf, type ReviewEffect } from "./review-effect.ts";
import { byFile, type Contribution, contributedMirrors } from "./review-files.ts";

export interface Compared {
  /** How many IPv4 clients have another first mirror, or another list; absent without an effect. */
  readonly clients?: FamilyChange;
  /** Null when it cannot be told, for the reason given. */
  readonly effect: ReviewEffect | null;
  readonly noEffect?: string;
  /** What the contribution brings about in no file of its own. */
  readonly diagnostics: readonly Diagnostic[];
  /** What is wrong with the contribution's files, by path. */
  readonly ofFiles: ReadonlyMap<string, readonly Diagnostic[]>;
  /** By name, as all that follows. */
  readonly mirrors: ReadonlyMap<string, PlacedMirror>;
  readonly leftOut: ReadonlyMap<string, string>;
  readonly networksOf: ReadonlyMap<string, readonly ReviewedNetwork[]>;
  readonly neighboursOf: ReadonlyMap<string, readonly Neighbour[]>;
}

export interface CompareOptions {
  readonly configPath: string;
  /** All mirrors as they would be. */
  readonly mirrorsFolder: string;
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly phase: Phase;
}

export interface ReviewedNetwork {
  readonly asn: number;
  readonly holder?: string;
  /** Whether its file says so, or its addresses do. */
  readonly by: "file" | "address";
}

export interface Neighbour {
  readonly name: string;
  readonly distanceKm: number;
}

/** Without a database nothing is placed, and all but that is still told. */
export function compareNetworks(
  contribution: Contribution,
  run: ProbeRun | null,
  { configPath, mirrorsFolder, builtAt, phase }: CompareOptions,
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

function networksOf(mirror: PlacedMirror, { asns }: Inputs): readonly ReviewedNetwork[] {
  // Where addresses count, they are among the mirror's ASNs already.
  const ofAddresses = new Set(mirror.ownAsns);
  return [...new Set([...mirror.asns, ...ofAddresses])].map((asn) => {
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
