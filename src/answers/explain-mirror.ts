/** Why one mirror is, or is not, in a client's list. */

import { EnvironmentError } from "../diagnostics/environment.ts";
import { countryByCode } from "../geo/countries.ts";
import { distanceKm } from "../geo/distance.ts";
import { type KnownClient, subnetHolding } from "../inputs/client.ts";
import type { Inputs, LeftOut } from "../inputs/inputs.ts";
import { formatPrefix, hostPrefix } from "../ip/prefix.ts";
import { closest } from "../model/closest.ts";
import { COMMON_PRODUCT, type ListSet } from "../model/list-sets.ts";
import { isosCheck, isRepositoryCheck, timeCheck } from "../model/probe-checks.ts";
import { PROBE_REASONS } from "../model/probe-reasons.ts";
import { servesCountry } from "../rank/bar.ts";
import type { RankedEntry } from "../rank/rank.ts";

export interface MirrorAnswer {
  readonly name: string;
  /** From 1; absent when the mirror is not in the list. */
  readonly position?: number;
  /** A clause that follows "because". */
  readonly because: string;
  readonly distanceKm?: number;
  /** The last mirror that made it into the list, to compare with. */
  readonly last?: { readonly name: string; readonly distanceKm?: number };
}

/**
 * The answer to `--mirror`: where the mirror is in the list, or why it is not. Throws an
 * `EnvironmentError` when the network has none of that name.
 */
export function explainMirror(
  name: string,
  set: ListSet,
  entries: readonly RankedEntry[],
  known: KnownClient,
  inputs: Inputs,
): MirrorAnswer {
  const { mirrors, leftOut } = inputs;
  const number = mirrors.findIndex((mirror) => mirror.name === name);
  const mirror = mirrors[number];
  if (mirror === undefined) {
    const out = leftOut.find((each) => each.name === name);
    if (out) return { name, because: whyOut(out) };
    const like = closest(
      name,
      mirrors.map((each) => each.name),
    );
    throw new EnvironmentError(
      `looking for the mirror "${name}"`,
      like === undefined
        ? "Give the name: of a mirror's file."
        : `Give the name: of a mirror's file; perhaps ${like}.`,
      "there is none of that name",
    );
  }
  const at = mirror.placed?.at;
  const km = at && known.place ? distanceKm(known.place.coordinates, at) : undefined;
  const distance = km === undefined ? {} : { distanceKm: km };
  const position = entries.findIndex((entry) => entry.mirror === number);
  if (position !== -1) {
    return {
      name,
      position: position + 1,
      because: whyListed(entries[position]!, known, inputs),
      ...distance,
    };
  }
  const last = entries.at(-1);
  return {
    name,
    because: whyNot(mirror, set, entries, known, inputs),
    ...distance,
    ...(last && {
      last: {
        name: mirrors[last.mirror]!.name,
        ...(last.distanceKm !== undefined && { distanceKm: last.distanceKm }),
      },
    }),
  };
}

/** A full stop of an operator's own would be one too many. */
function whyOut({ reason, by }: LeftOut): string {
  const words = reason.replace(/\.+$/, "");
  if (by === "disabled") return `it is ${words}`;
  return by === "probe" ? `when ${words}` : words;
}

function whyListed(entry: RankedEntry, known: KnownClient, inputs: Inputs): string {
  if (entry.seeded === "imprecise") {
    return `nothing finer than ${countryName(known)} is known of the client, and such networks are spread over its mirrors`;
  }
  switch (entry.reason) {
    case "subnet":
      return `its ${reasonOf(entry, known, inputs)} holds the client`;
    case "asn":
      return `AS${known.asn} is the client's network, and the mirror's`;
    case "fill":
      return "too few mirrors are on-net for the client, and it is among the nearest others";
    case "country":
      if (entry.seeded === "near") return `${nearEnough(inputs)} in ${countryName(known)}`;
      return `it is among the nearest in ${countryName(known)}`;
    case "continent":
      if (entry.seeded === "near") return `${nearEnough(inputs)} on the continent`;
      return `${countryName(known)} has too few mirrors, and it is among the nearest of the continent`;
    case "world":
      if (entry.seeded === "near") return `${nearEnough(inputs)} elsewhere`;
      return "country and continent have too few mirrors, and it is among the nearest elsewhere";
    case "everyone":
      return known.place === null
        ? "the client's place is unknown, and it is told of every public mirror"
        : "no mirror that may serve the client has a place, and it is told of every public mirror";
  }
}

/** Mirrors that are spread go by the rotation that the client's address picks. */
function nearEnough({ settings }: Inputs): string {
  return `it is one of the equally good mirrors within ${settings.policy.spread?.withinKm} km`;
}

function whyNot(
  mirror: Inputs["mirrors"][number],
  set: ListSet,
  entries: readonly RankedEntry[],
  known: KnownClient,
  inputs: Inputs,
): string {
  if (set.urlOf(mirror) === undefined) {
    return `it offers nothing in the list set ${set.name}${whatFails(mirror.name, set, inputs)}`;
  }
  const first = entries[0] && inputs.mirrors[entries[0].mirror];
  if (first?.monopoly) return `${first.name} is on-net for the client and has the monopoly`;
  if (!servesCountry(mirror, known.place?.country)) {
    return `its only: or never: leaves out clients in ${countryName(known)}`;
  }
  if (mirror.reach !== "public") return `it is ${mirror.reach}, and not on-net for the client`;
  if (mirror.placed === undefined) return "nothing says where it is";
  if (entries.some(({ reason }) => reason === "subnet" || reason === "asn")) {
    return "mirrors on-net for the client come first, and others are nearer";
  }
  if (known.place?.countryOnly && entries[0]?.seeded === "imprecise") {
    return `nothing finer than ${countryName(known)} is known of the client, and its block of addresses has others first`;
  }
  const areBefore = inputs.settings.policy.spread
    ? "are nearer, or as good and come before it in this rotation"
    : "are nearer";
  return mirror.location.country === known.place?.country
    ? `others in ${countryName(known)} ${areBefore}`
    : `the list was full with mirrors that come before those of ${countryByCode(mirror.location.country ?? "")?.name ?? "its country"}`;
}

/** What was learnt from asking, if that is what it loses the set by. */
function whatFails(name: string, { name: set, product }: ListSet, { probe }: Inputs): string {
  const known = probe && Object.hasOwn(probe.mirrors, name) ? probe.mirrors[name] : undefined;
  const failing = Object.entries(known?.checks ?? {}).filter(([, { good }]) => !good);
  const module = product === COMMON_PRODUCT ? "" : product;
  const protocol = /-(https?)$/.exec(set.slice(product.length))?.[1];
  const isOfProtocol = ([check]: (typeof failing)[number]) =>
    (["http", "https"] as const).some(
      (each) =>
        (protocol === undefined || protocol === each) && check === timeCheck(module, each, "ipv4"),
    );
  const isOfContent = ([check]: (typeof failing)[number]) =>
    isRepositoryCheck(check) || check === isosCheck(module);
  const [first] = [...failing.filter(isOfProtocol), ...failing.filter(isOfContent)];
  if (first === undefined) return "";
  const [check, { reason, since }] = first;
  const time = new Date(since * 1000).toISOString().slice(0, 16).replace("T", " ");
  return `: asked for ${check}, ${PROBE_REASONS[reason].text}; so since ${time} UTC`;
}

function countryName({ place }: KnownClient): string {
  const code = place?.country;
  return (code !== undefined && countryByCode(code)?.name) || code || "an unknown country";
}

/** Why an entry is in the list, in a word or two. */
export function reasonOf(
  { reason, seeded, mirror }: RankedEntry,
  known: KnownClient,
  inputs: Inputs,
): string {
  switch (reason) {
    case "subnet": {
      const subnet = subnetHolding(inputs.mirrors[mirror]!.subnets, hostPrefix(known.address));
      return `subnet ${subnet ? formatPrefix(subnet) : ""}`;
    }
    case "asn":
      return `ASN ${known.asn}`;
    case "fill":
    case "everyone":
      return reason;
    case "country":
    case "continent":
    case "world": {
      if (seeded === "imprecise") return `${reason}, spread`;
      const where = reason === "world" ? "elsewhere" : reason;
      return seeded === "near" ? `${where}, near` : where;
    }
  }
}
