/**
 * The rule of a policy, written as plainly as it can be said: for one client, over all mirrors, with
 * full sorts. It shares no code with `src/rank`, and is what every list that the compiler gives is
 * compared with. A policy is data of the model; `orders.ts` says in which order mirrors come up.
 */
import type {
  Band,
  ByPlaceStep,
  EveryoneStep,
  OnNetStep,
  Policy,
  Step,
} from "../../src/model/policy.ts";
import { type Address, holds, type PlainPrefix } from "./address.ts";
import { type Candidate, compareNames, kmBetween, makeOrders, type Orders } from "./orders.ts";
import type { PlainPlace } from "./places.ts";

export interface OracleMirror {
  /** Unique. */
  readonly name: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | undefined;
  readonly coordinates: { readonly latitude: number; readonly longitude: number } | undefined;
  readonly asns: readonly number[];
  /** Those of its addresses, where they are known. */
  readonly ownAsns?: readonly number[];
  readonly subnets: readonly PlainPrefix[];
  readonly reach: "public" | "private" | "cloud";
  readonly monopoly: boolean;
  readonly disabled: boolean;
  readonly only: readonly string[] | undefined;
  readonly never: readonly string[] | undefined;
  readonly weight: number;
}

/** What `src/geo` knows of a country: a table of facts, which the rule does not compute. */
export interface CountryFacts {
  readonly continent: string;
  readonly reference: { readonly latitude: number; readonly longitude: number };
}

export interface OracleWorld {
  readonly mirrors: readonly OracleMirror[];
  readonly countries: ReadonlyMap<string, CountryFacts>;
  readonly policy: Policy;
}

/** Everything, or an optional module: the mirrors that offer it by http or https, even in part. */
export interface OracleProduct {
  readonly name: string;
  readonly mirrors: ReadonlySet<string>;
}

/** One ranking over the mirrors that have a URL in it. */
export interface OracleSet {
  readonly name: string;
  readonly product: OracleProduct;
  /** By the names of the mirrors that are in it. */
  readonly urls: ReadonlyMap<string, string>;
}

export interface OracleClient {
  readonly address: Address;
  readonly asn: number | undefined;
  /** What the City database, or an override, says of the address; null where there is no record. */
  readonly place: PlainPlace | null;
  /** By the name of a mirror one of whose subnets holds the address, the longest such prefix. */
  readonly subnets: SubnetsHolding;
}

export type SubnetsHolding = ReadonlyMap<string, number>;

export function subnetsHolding(address: Address, mirrors: readonly OracleMirror[]): SubnetsHolding {
  return new Map(
    mirrors.flatMap(({ name, subnets }) => {
      const bits = subnets.filter((net) => holds(net, address)).map((net) => net.bits);
      return bits.length === 0 ? [] : [[name, Math.max(...bits)] as const];
    }),
  );
}

export interface NaiveAnswer {
  /** Of the client's place, if it is known. */
  readonly country: string | undefined;
  /** By set, then by rotation: the names of the mirrors that the client gets, in order. */
  readonly lists: readonly (readonly (readonly string[])[])[];
}

export type NaiveRanker = (client: OracleClient) => NaiveAnswer;

/** A mirror of a list, and why it stands there: in the words of `near/`. */
export interface ReasonedMirror {
  readonly name: string;
  readonly reason: Reason;
  readonly seeded?: "near" | "imprecise";
  /** Infinite where one of the two places is unknown; as it is, whatever the policy compares. */
  readonly km: number;
}

type Reason = "subnet" | "asn" | "fill" | "country" | "continent" | "world" | "everyone";

export function naiveRanker(world: OracleWorld, sets: readonly OracleSet[]): NaiveRanker {
  const ordersFor = makeOrders(world);
  const rotations = rotationsOf(world);
  return (client) => {
    const orders = ordersFor(client);
    const lists = sets.map((set) =>
      rotations.map((rotation) => {
        const asked = { client, policy: world.policy, orders, set, rotation };
        return listOf(asked).map(({ one }) => one.mirror.name);
      }),
    );
    return { country: servedCode(orders.place?.country), lists };
  };
}

/** By rotation, the lists of one set with the reasons. */
export function naiveReasons(
  world: OracleWorld,
  set: OracleSet,
): (client: OracleClient) => readonly (readonly ReasonedMirror[])[] {
  const ordersFor = makeOrders(world);
  return (client) => {
    const orders = ordersFor(client);
    return rotationsOf(world).map((rotation) =>
      listOf({ client, policy: world.policy, orders, set, rotation }).map(
        ({ one: { mirror }, reason, seeded }): ReasonedMirror => ({
          name: mirror.name,
          reason,
          ...(seeded && { seeded }),
          km: kmBetween(orders.place, mirror),
        }),
      ),
    );
  };
}

function rotationsOf({ policy }: OracleWorld): readonly number[] {
  return Array.from({ length: policy.spread?.rotations ?? 1 }, (_, rotation) => rotation);
}

/** Databases may hold any two bytes; what is served is a code. */
function servedCode(country: string | undefined): string | undefined {
  return /^[A-Z]{2}$/.test(country ?? "") ? country : undefined;
}

interface Asked {
  readonly client: OracleClient;
  readonly policy: Policy;
  readonly orders: Orders;
  readonly set: OracleSet;
  readonly rotation: number;
}

interface Listed {
  readonly one: Candidate;
  readonly reason: Reason;
  readonly seeded?: "near" | "imprecise" | undefined;
}

/** The first step that has an answer gives it. */
function listOf(asked: Asked): Listed[] {
  for (const step of asked.policy.steps) {
    const list = answerOf(step, asked);
    if (list.length > 0) return list;
  }
  return [];
}

function answerOf(step: Step, asked: Asked): Listed[] {
  switch (step.kind) {
    case "on-net":
      return onNet(step, asked);
    case "by-place":
      return byPlace(step, asked, null);
    case "everyone":
      return everyone(step, asked);
  }
}

function onNet(step: OnNetStep, asked: Asked): Listed[] {
  const { client, orders } = asked;
  if (client.subnets.size === 0 && client.asn === undefined) return [];
  const bitsOf = ({ mirror }: Candidate) => client.subnets.get(mirror.name) ?? -1;
  const isOfAsn = ({ mirror }: Candidate) =>
    client.asn !== undefined && mirror.asns.includes(client.asn);
  const eligible = orders.nearestFirst.filter((candidate) => isIn(asked, candidate));
  const tiers = {
    subnet: eligible
      .filter((candidate) => bitsOf(candidate) >= 0)
      .toSorted((a, b) => bitsOf(b) - bitsOf(a)),
    asn: eligible.filter(isOfAsn),
  };
  const matches: Listed[] = [];
  for (const reason of step.tiers) {
    for (const one of tiers[reason]) {
      if (!matches.some((known) => known.one === one)) matches.push({ one, reason });
    }
  }
  const monopoly = matches.find(({ one }) => one.mirror.monopoly);
  if (monopoly) return [monopoly];
  const missing = step.minimum - matches.length;
  if (matches.length === 0 || missing <= 0) return matches;
  const others = fill(
    step,
    asked,
    matches.map(({ one }) => one),
  );
  return [...matches, ...others.slice(0, missing)];
}

function fill(step: OnNetStep, asked: Asked, matches: readonly Candidate[]): Listed[] {
  const { orders, policy } = asked;
  const asFill = (one: Candidate): Listed => ({ one, reason: "fill" });
  if (orders.place === null) {
    if (!step.fillUnplaced) return [];
    return publicByName(asked)
      .filter((one) => !matches.includes(one))
      .map(asFill);
  }
  if (step.fill === "nearest") {
    return orders.nearestFirst
      .filter((one) => {
        return isIn(asked, one) && isPublic(one) && isPlaced(one) && !matches.includes(one);
      })
      .map(asFill);
  }
  const byPlaceStep = policy.steps.find((one) => one.kind === "by-place");
  const listed = byPlaceStep ? byPlace(byPlaceStep, asked, matches) : [];
  return listed.map((each) => ({ ...each, reason: "fill" }));
}

/** `matches` is what an on-net answer has already; null where the step answers by itself. */
function byPlace(step: ByPlaceStep, asked: Asked, matches: readonly Candidate[] | null): Listed[] {
  const { orders, set, rotation } = asked;
  const isFill = matches !== null;
  const list: Listed[] = [];
  if (orders.place === null) return list;
  for (const band of step.bands) {
    const room = Math.min(band.take, step.length - list.length);
    const order = orders.ofBand({ step, band, product: set.product, rotation, isFill });
    let taken = 0;
    for (const one of order) {
      if (taken >= room) break;
      const isListed = list.some((known) => known.one === one) || matches?.includes(one);
      if (!isIn(asked, one) || isListed) continue;
      list.push({ one, reason: band.scope, seeded: seededIn(band, asked, one, isFill) });
      taken += 1;
    }
  }
  return list;
}

/** What put it before others of its band, if not its distance. */
function seededIn(
  { scope }: Band,
  { client, policy }: Asked,
  { km }: Candidate,
  isFill: boolean,
): Listed["seeded"] {
  const isImprecise = client.place?.countryOnly === true && policy.imprecise === "spread";
  if (scope === "country" && !isFill && isImprecise) return "imprecise";
  return policy.spread !== undefined && km <= policy.spread.withinKm ? "near" : undefined;
}

function everyone({ takeOfBlank }: EveryoneStep, asked: Asked): Listed[] {
  const { orders, rotation, policy, client } = asked;
  const all = publicByName(asked);
  const ordered = policy.spread ? orders.bySeed(all, `${rotation} `) : all;
  const isBlank = client.place !== null && orders.place === null;
  const taken = isBlank && takeOfBlank !== undefined ? ordered.slice(0, takeOfBlank) : ordered;
  const seeded = policy.spread ? ("near" as const) : undefined;
  return taken.map((one) => ({ one, reason: "everyone", seeded }));
}

function publicByName(asked: Asked): Candidate[] {
  return asked.orders.nearestFirst
    .filter((one) => isIn(asked, one) && isPublic(one))
    .sort((a, b) => compareNames(a.mirror.name, b.mirror.name));
}

function isIn({ set }: Asked, { mirror }: Candidate): boolean {
  return set.urls.has(mirror.name);
}

function isPublic({ mirror }: Candidate): boolean {
  return mirror.reach === "public";
}

function isPlaced({ mirror }: Candidate): boolean {
  return mirror.coordinates !== undefined;
}
