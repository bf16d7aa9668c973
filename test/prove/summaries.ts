/**
 * What is published of many clients at once, held against the count of every one: the lists of whole
 * countries (`?country=`, `index/countries.json`), and why a list is as it is (`near/`).
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toAddress } from "../oracle/address.ts";
import { listText } from "../oracle/generation.ts";
import { type KnownPlace, knownPlace } from "../oracle/orders.ts";
import { naiveReasons, type OracleSet } from "../oracle/rank.ts";
import type { Cell, CountedAnswer } from "./clients.ts";
import type { Proof, ProofInput } from "./proof.ts";

export interface SummaryProof {
  readonly countryLists: number;
  readonly nearLists: number;
  /** In words; empty when all agree. */
  readonly objections: readonly string[];
}

export function proveSummaries(folder: string, input: ProofInput, proof: Proof): SummaryProof {
  const countries = proveCountries(folder, input, proof);
  const near = proveNear(folder, input, proof);
  return {
    countryLists: countries.count,
    nearLists: near.count,
    objections: [...countries.objections, ...near.objections],
  };
}

interface Part {
  readonly count: number;
  readonly objections: readonly string[];
}

/** Clients of one country by the text of the list that they get in one set. */
interface Weights {
  readonly lists: Map<string, bigint>;
  /** Of all lists, times the rotations. */
  total: bigint;
}

/** Fractions of an address, where clients are in one of several rotations. */
function weigh(proof: Proof, set: string, unitsOf: (counted: CountedAnswer) => bigint) {
  const byCountry = new Map<string, Weights>();
  for (const [id, counted] of proof.clients.answers) {
    const units = unitsOf(counted);
    const { country, sets } = proof.judge.answer(id);
    if (country === undefined || units === 0n) continue;
    const weights = byCountry.get(country) ?? { lists: new Map<string, bigint>(), total: 0n };
    byCountry.set(country, weights);
    for (const text of sets.find((one) => one.set === set)?.texts ?? []) {
      weights.lists.set(text, (weights.lists.get(text) ?? 0n) + units);
      weights.total += units;
    }
  }
  return byCountry;
}

function proveCountries(folder: string, input: ProofInput, proof: Proof): Part {
  const objections: string[] = [];
  const published = countryLists(readFileSync(join(folder, "nginx", "countries.conf"), "utf8"));
  const rotations = input.world.policy.spread?.rotations ?? 1;
  const isAnnounced = (input.announced ?? []).length > 0;
  const units6 = ({ announced, ipv6 }: CountedAnswer) => (isAnnounced ? announced : ipv6);
  const index = JSON.parse(readFileSync(join(folder, "index", "countries.json"), "utf8")) as Record<
    string,
    IndexEntry
  >;
  let count = 0;
  for (const set of input.sets) {
    const closed = closedUrls(input, set);
    const isOpen = (text: string) => text.split("\n").every((line) => !closed.has(line));
    const ipv4 = weigh(proof, set.name, ({ ipv4: units }) => units);
    const ipv6 = weigh(proof, set.name, units6);
    const middle = naiveReasons(input.world, set);
    for (const code of input.world.countries.keys()) {
      const id = published.get(set.name)?.get(code);
      const text = input.lists.get(id ?? "");
      const what = `?country=${code} in ${set.name}`;
      count += 1;
      if (text === undefined) {
        objections.push(`${what} has no list`);
        continue;
      }
      const common = best(ipv4.get(code), isOpen) ?? best(ipv6.get(code), isOpen);
      if (common === undefined) {
        const client = { address: toAddress("::"), asn: undefined, subnets: new Map() };
        const [first = []] = middle({ ...client, place: { country: code } });
        const expected = listText(first.map(({ name }) => set.urls.get(name) ?? ""));
        if (text !== expected) objections.push(`${what} is not the list of the country's middle`);
      } else if (!common.texts.includes(text)) {
        objections.push(`${what} is list ${id}, which is not what most of its addresses get`);
      }
      if (set.name !== "all") continue;
      const entry = index[code];
      if (entry?.list !== id)
        objections.push(`index/countries.json has ${entry?.list} for ${code}`);
      const families = [
        ["ipv4", ipv4.get(code), entry?.ipv4, entry?.ipv4?.addresses, 1],
        ["ipv6", ipv6.get(code), entry?.ipv6, entry?.ipv6?.networks48, 2 ** 80],
      ] as const;
      for (const [family, weights, given, addresses, unit] of families) {
        const ofFamily = best(weights, isOpen);
        const at = `index/countries.json, ${family} of ${code}`;
        if (ofFamily === undefined || weights === undefined) {
          if (given !== undefined) objections.push(`${at}: nothing was expected`);
          continue;
        }
        const total = Number(weights.total) / rotations / unit;
        if (Math.abs(total - (addresses ?? 0)) > 1e-3 + total * 1e-12) {
          objections.push(`${at}: ${addresses} where ${total} were counted`);
        }
        const exact = Number(ofFamily.units) / Number(weights.total);
        const isRight = given !== undefined && Math.abs(exact - 5e-5 - given.exact) < 5.1e-5;
        if (!isRight) objections.push(`${at}: exact for ${given?.exact}, not ${exact}`);
        if (!ofFamily.texts.includes(input.lists.get(given?.list ?? entry?.list ?? "") ?? "")) {
          objections.push(`${at}: not the list that most get`);
        }
      }
    }
  }
  return { count, objections };
}

interface IndexEntry {
  readonly list: string;
  readonly ipv4?: { readonly list?: string; readonly addresses: number; readonly exact: number };
  readonly ipv6?: { readonly list?: string; readonly networks48: number; readonly exact: number };
}

/** The lists that weigh most of those that everybody may have; several where they weigh alike. */
function best(
  weights: Weights | undefined,
  isOpen: (text: string) => boolean,
): { readonly units: bigint; readonly texts: readonly string[] } | undefined {
  const open = [...(weights?.lists ?? [])].filter(([text]) => isOpen(text));
  if (open.length === 0) return undefined;
  const units = open.map(([, each]) => each).reduce(larger, 0n);
  return { units, texts: open.flatMap(([text, each]) => (each === units ? [text] : [])) };
}

/** Lines that only mirrors which are not public have. */
function closedUrls({ world }: ProofInput, { urls }: OracleSet): ReadonlySet<string> {
  return new Set(
    world.mirrors.flatMap(({ name, reach }) =>
      reach === "public" ? [] : [`${urls.get(name) ?? name}{path}`],
    ),
  );
}

/** By set, then by country: what `?country=` leads to. */
function countryLists(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const maps = new Map(
    [...text.matchAll(/^map (\S+ \S+) \{\n([^}]*)\}/gm)].map(([, name = "", body = ""]) => [
      name,
      [...body.matchAll(/^\s*"(\S+)" "?([^";]+)"?;$/gm)].map(
        ([, key = "", value = ""]) => [key, value] as const,
      ),
    ]),
  );
  return new Map(
    (maps.get("$mp_set $mp_of_country") ?? []).map(([set, variable]) => [
      set,
      new Map(maps.get(`$arg_country ${variable}`) ?? []),
    ]),
  );
}

function proveNear(folder: string, input: ProofInput, proof: Proof): Part {
  const set = input.sets.find(({ name }) => name === "all");
  if (set === undefined) return { count: 0, objections: ["there is no set of everything"] };
  const views = nearViews(proof);
  const objections: string[] = [];
  const nearFolder = join(folder, "near");
  const files = existsSync(nearFolder) ? readdirSync(nearFolder) : [];
  const reasonsOf = naiveReasons(input.world, set);
  const isAnnounced = (input.announced ?? []).length > 0;
  const rotations = input.world.policy.spread?.rotations ?? 1;
  for (const file of files) {
    const near = JSON.parse(readFileSync(join(nearFolder, file), "utf8")) as NearFile;
    const { list: id, country, seen_from: seenFrom, addresses, mirrors } = near;
    if (file !== `${id}.${country?.toLowerCase() ?? "none"}.json`) {
      objections.push(`near/${file} says it is of ${id} and ${country}`);
    }
    const text = input.lists.get(id);
    if (text !== listText(mirrors.map(({ url }) => url))) {
      objections.push(`near/${file} is not list ${id}`);
    }
    const key = `${country} ${text}`;
    const view = views.get(key);
    views.delete(key);
    if (view === undefined) {
      objections.push(`near/${file} is of a list that nobody there gets`);
      continue;
    }
    const ipv4 = Math.round(Number(view.ipv4) / rotations);
    const ipv6 = Number(isAnnounced ? view.announced : view.ipv6) / rotations / 2 ** 80;
    if (addresses.ipv4 !== ipv4 || Math.abs(addresses.networks48 - ipv6) > 0.5001) {
      objections.push(`near/${file} counts ${JSON.stringify(addresses)}, not ${ipv4} and ${ipv6}`);
    }
    const isRight = heaviest(view.cells).some(({ question }) => {
      const client = proof.judge.client(question);
      const at = seenAt(knownPlace(client.place, input.world.countries));
      return reasonsOf(client).some((reasons) => {
        const lines = reasons.map(({ name, reason, seeded, km }) => ({
          name,
          url: set.urls.get(name),
          reason,
          ...(seeded && { seeded }),
          ...(Number.isFinite(km) && { distance_km: Math.round(km * 10) / 10 }),
        }));
        return JSON.stringify([at, lines]) === JSON.stringify([seenFrom, mirrors]);
      });
    });
    if (!isRight) objections.push(`near/${file} is not as most of its clients see it`);
  }
  for (const key of views.keys()) {
    objections.push(`near/ lacks a list that clients of ${key.slice(0, 9).trim()} get`);
  }
  return { count: files.length, objections };
}

interface NearFile {
  readonly list: string;
  readonly country: string | null;
  readonly seen_from: object | null;
  readonly addresses: { readonly ipv4: number; readonly networks48: number };
  readonly mirrors: readonly { readonly name: string; readonly url: string }[];
}

interface NearView extends CountedAnswer {
  readonly cells: Cell[];
}

/** By country and the text of the list. */
function nearViews({ judge, clients }: Proof): Map<string, NearView> {
  const views = new Map<string, NearView>();
  const viewsOf = (id: number): NearView[] => {
    const { country, sets } = judge.answer(id);
    const texts = sets.find(({ set }) => set === "all")?.texts ?? [];
    return texts.map((text) => {
      const key = `${country ?? null} ${text}`;
      const view = views.get(key) ?? { ipv4: 0n, ipv6: 0n, announced: 0n, cells: [] };
      views.set(key, view);
      return view;
    });
  };
  for (const [id, { ipv4, ipv6, announced }] of clients.answers) {
    for (const view of viewsOf(id)) {
      view.ipv4 += ipv4;
      view.ipv6 += ipv6;
      view.announced += announced;
    }
  }
  for (const cell of clients.cells()) {
    for (const view of new Set(viewsOf(cell.answer))) view.cells.push(cell);
  }
  // There for whoever nothing is known of, even if that is nobody.
  const address = toAddress("::");
  const nowhere = { place: judge.placeId(null), asn: 0, situation: 0, address };
  const answer = judge.expected(nowhere);
  if (!clients.answers.has(answer)) {
    for (const view of viewsOf(answer)) {
      view.cells.push({ family: 6, question: nowhere, answer, addresses: 0n });
    }
  }
  return views;
}

/** To a hundredth of a degree. */
function seenAt(place: KnownPlace | null): NearFile["seen_from"] {
  return (
    place && {
      country: place.country ?? null,
      latitude: Math.round(place.latitude * 100) / 100,
      longitude: Math.round(place.longitude * 100) / 100,
    }
  );
}

/** Of IPv4 if there is any. */
function heaviest(cells: readonly Cell[]): readonly Cell[] {
  const ofIpv4 = cells.filter(({ family }) => family === 4);
  const candidates = ofIpv4.length > 0 ? ofIpv4 : cells;
  const most = candidates.map(({ addresses }) => addresses).reduce(larger, 0n);
  return candidates.filter(({ addresses }) => addresses === most);
}

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}
