/**
 * Says what an address must be answered, asking the naive rule once for each distinct combination of
 * what it depends on: the place, the ASN, the subnets and override that hold the address, and, of a
 * client whose country is all that is known, its slot. Places, situations, lists and answers go by
 * number, so that millions of questions stay cheap.
 */
import type { Address, PlainPrefix } from "./address.ts";
import { type Answer, answerText, listText } from "./generation.ts";
import { slotsIn } from "./orders.ts";
import { type PlainPlace, placeKey } from "./places.ts";
import {
  type NaiveAnswer,
  naiveRanker,
  type OracleClient,
  type OracleSet,
  type OracleWorld,
} from "./rank.ts";
import { makeSituations, type Situation } from "./situations.ts";

export interface OracleOverride {
  readonly network: PlainPrefix;
  readonly place: PlainPlace | null;
}

export interface OracleRule {
  readonly world: OracleWorld;
  readonly sets: readonly OracleSet[];
  readonly overrides: readonly OracleOverride[];
}

export interface Question {
  /** Of `placeId`: what the City database says. */
  readonly place: number;
  /** 0 when no mirror declares the client's ASN. */
  readonly asn: number;
  /** Of `situationId`. */
  readonly situation: number;
  /** Any address of those that the question stands for. */
  readonly address: Address;
}

export interface Judge {
  placeId(place: PlainPlace | null): number;
  /** Which subnets of mirrors and which override hold an address; 0 is none. */
  situationId(address: Address): number;
  /** Where situations change, in one family, ascending. */
  edges(family: 4 | 6): readonly bigint[];
  /** Whether addresses of different blocks, which `blockOf` numbers, can get different answers. */
  dependsOnBlock(place: number, situation: number): boolean;
  /** The id of what the rule gives. */
  expected(question: Question): number;
  /** All that the rule asks of the client. */
  client(question: Question): OracleClient;
  /** Of a client whose country is all that is known, which of its seeded orders; else 0. */
  slot(question: Question): number;
  situation(id: number): Situation<OracleOverride>;
  answerId(answer: Answer): number;
  answer(id: number): Answer;
  /** As `answerText` puts it. */
  text(answerId: number): string;
  place(id: number): PlainPlace | null;
  /** How often the rule was really asked. */
  combinations(): number;
}

export function makeJudge({ world, sets, overrides }: OracleRule): Judge {
  const ask = naiveRanker(world, sets);
  const slotOf = slotsIn(world);
  const situations = makeSituations(world.mirrors, overrides);
  const places = interned<PlainPlace | null>(placeKey);
  const lists = interned<string>((text) => text);
  const answers = interned<readonly (string | number)[]>((parts) => parts.join(" "));
  const listIds = sets.map(() => new Map<string, number>());
  /** [situation] -> ASN -> place and slot -> answer. */
  const known: Map<number, Map<number, number>>[] = [];
  let combinations = 0;

  return {
    placeId: places.id,
    situationId: situations.idAt,
    edges: situations.edges,
    dependsOnBlock(place, situation) {
      return world.policy.imprecise === "spread" && placeOf(place, situation)?.countryOnly === true;
    },
    expected,
    client,
    slot,
    situation: situations.situation,
    answerId,
    answer,
    text: (id) => answerText(answer(id)),
    place: places.value,
    combinations: () => combinations,
  };

  function placeOf(place: number, situation: number): PlainPlace | null {
    const { override } = situations.situation(situation);
    return override === undefined ? places.value(place) : override.place;
  }

  function slot({ place, situation, address }: Question): number {
    const asked = placeOf(place, situation);
    return asked?.countryOnly ? (slotOf({ address, place: asked }) ?? 0) : 0;
  }

  function client({ place, asn, situation, address }: Question): OracleClient {
    return {
      address,
      asn: asn === 0 ? undefined : asn,
      place: placeOf(place, situation),
      subnets: situations.situation(situation).subnets,
    };
  }

  function expected(question: Question): number {
    const { place, asn, situation } = question;
    known[situation] ??= new Map();
    const ofSituation = known[situation];
    const ofAsn = ofSituation.get(asn) ?? new Map<number, number>();
    ofSituation.set(asn, ofAsn);
    const key = place * SLOTS + slot(question);
    let answer = ofAsn.get(key);
    if (answer === undefined) {
      answer = idOfNaive(ask(client(question)));
      ofAsn.set(key, answer);
      combinations += 1;
    }
    return answer;
  }

  /** Lists are known by their names, so that each is written out once. */
  function idOfNaive({ country, lists: bySet }: NaiveAnswer): number {
    const parts = sets.flatMap(({ name, urls }, set): (string | number)[] => {
      const ids = (bySet[set] ?? []).map((names) => {
        const key = names.join(" ");
        const id =
          listIds[set]?.get(key) ?? lists.id(listText(names.map((one) => urls.get(one) ?? "")));
        listIds[set]?.set(key, id);
        return id;
      });
      return [name, ...ids];
    });
    return answers.id(inOrder([country ?? "", ...parts]));
  }

  function answerId({ country, sets: given }: Answer): number {
    const parts = given.flatMap(({ set, texts }) => [set, ...texts.map((text) => lists.id(text))]);
    return answers.id(inOrder([country ?? "", ...parts]));
  }

  function answer(id: number): Answer {
    const [country, ...parts] = answers.value(id);
    const given: { set: string; texts: string[] }[] = [];
    for (const part of parts) {
      if (typeof part === "string") given.push({ set: part, texts: [] });
      else given.at(-1)?.texts.push(lists.value(part));
    }
    return { country: country === "" ? undefined : String(country), sets: given };
  }
}

/** More than a country has. */
const SLOTS = 1024;

/** Country, then each set's name with the numbers behind it, in name order. */
function inOrder([country = "", ...parts]: readonly (string | number)[]): (string | number)[] {
  const sets: (string | number)[][] = [];
  for (const part of parts) {
    if (typeof part === "string") sets.push([part]);
    else sets.at(-1)?.push(part);
  }
  return [country, ...sets.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1)).flat()];
}

interface Interned<T> {
  id(value: T): number;
  value(id: number): T;
}

function interned<T>(key: (value: T) => string): Interned<T> {
  const ids = new Map<string, number>();
  const values: T[] = [];
  return {
    id(value) {
      const text = key(value);
      const known = ids.get(text);
      if (known !== undefined) return known;
      ids.set(text, values.length);
      return values.push(value) - 1;
    },
    value: (id) => values[id] as T,
  };
}
