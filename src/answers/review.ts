/**
 * The report on a contribution: are its mirror files valid, do the mirrors answer, where are they
 * placed, and whom would they serve instead of whom. Nothing is written, and of the contribution
 * nothing but mirror files is read.
 */

import type { FamilyChange } from "../compare/clients.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Mirror, PlacedBy, PlacedMirror } from "../model/mirror.ts";
import type { MirrorResult } from "../model/probe-state.ts";
import { suspicion } from "../model/probe-suspicion.ts";
import { type ProbeOptions, type ProbeRun, probeMirrors } from "../probe/probe.ts";
import { mirrorsToProbe } from "../refresh/probe-network.ts";
import {
  type Compared,
  type CompareOptions,
  compareNetworks,
  type Neighbour,
  type ReviewedNetwork,
} from "./review-compare.ts";
import type { ReviewEffect } from "./review-effect.ts";
import {
  type Contribution,
  contributedMirrors,
  type FileChange,
  readContribution,
} from "./review-files.ts";

export interface ReviewOptions
  extends CompareOptions,
    Pick<ProbeOptions, "version" | "now" | "onEvent" | "signal"> {
  /** Opens the way to the mirrors; null to ask none. */
  readonly openNet: ((contribution: Contribution) => ProbeOptions["net"]) | null;
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

export interface ReviewedPlace {
  readonly city?: string;
  readonly subdivision?: string;
  /** Code. */
  readonly country?: string;
  /** Absent when nothing says where it is: it is then in no list by place. */
  readonly at?: { readonly latitude: number; readonly longitude: number };
  readonly by?: PlacedBy;
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
  const network = compareNetworks(contribution, run, options);
  return {
    changes: contribution.changes.map((change) => reviewed(change, run, network)),
    diagnostics: network.diagnostics,
    probe: run && {
      control: run.control,
      endedAt: run.endedAt,
      // Contributed mirrors are few, and often of one hand: that they fail together says nothing of
      // this machine. Its control endpoints do.
      suspect: suspicion(null, { ...run, results: [] }),
    },
    effect: network.effect,
    ...(network.noEffect !== undefined && { noEffect: network.noEffect }),
    ...(network.clients && { clients: network.clients }),
  };
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

function reviewed(change: FileChange, run: ProbeRun | null, network: Compared): ReviewedChange {
  // What another file's mirror of that name has is not this one's.
  const name = change.isDuplicate ? undefined : change.after?.name;
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
