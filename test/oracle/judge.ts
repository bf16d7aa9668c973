/**
 * Says which lists an address must get, asking the naive rule once for each distinct combination of
 * what it depends on: the place, the ASN, and the subnets and override that hold the address.
 * Places, situations and texts go by number, so that millions of questions stay cheap.
 */
import { type Address, holds, type PlainPrefix } from "./address.ts";
import { answerText, listText } from "./generation.ts";
import { type PlainPlace, placeKey } from "./places.ts";
import { naiveList, type OracleSet } from "./rank.ts";

export interface OracleOverride {
  readonly network: PlainPrefix;
  readonly place: PlainPlace | null;
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
  /** The id of the text of what the rule gives, as `answerText` puts it. */
  expected(question: Question): number;
  textId(text: string): number;
  text(id: number): string;
  place(id: number): PlainPlace | null;
  /** How often the rule was really asked. */
  combinations(): number;
}

export function makeJudge(sets: readonly OracleSet[], overrides: readonly OracleOverride[]): Judge {
  const places = interned<PlainPlace | null>(placeKey);
  const texts = interned<string>((text) => text);
  const situations = interned<readonly (PlainPrefix | OracleOverride)[]>((parts) =>
    parts.map((part) => partKey(part)).join(" "),
  );
  situations.id([]);
  const subnets = uniqueSubnets(sets);
  const urls = sets.map(({ world }) => {
    return new Map(world.mirrors.map((mirror) => [mirror.name, mirror.url ?? ""]));
  });
  /** [situation] -> ASN -> place -> text. */
  const answers: Map<number, Map<number, number>>[] = [];
  let combinations = 0;

  return {
    placeId: places.id,
    situationId,
    expected,
    textId: texts.id,
    text: texts.value,
    place: places.value,
    combinations: () => combinations,
  };

  function situationId(address: Address): number {
    const nets = subnets.filter((net) => holds(net, address));
    const override = mostSpecific(overrides.filter(({ network }) => holds(network, address)));
    return situations.id(override === undefined ? nets : [...nets, override]);
  }

  function expected({ place, asn, situation, address }: Question): number {
    answers[situation] ??= new Map();
    const ofSituation = answers[situation];
    let ofAsn = ofSituation.get(asn);
    if (ofAsn === undefined) {
      ofAsn = new Map();
      ofSituation.set(asn, ofAsn);
    }
    let answer = ofAsn.get(place);
    if (answer === undefined) {
      const override = situations.value(situation).find((part) => "network" in part);
      const client = {
        address,
        asn: asn === 0 ? undefined : asn,
        place: override === undefined ? places.value(place) : override.place,
      };
      const lists = sets.map(({ name: set, world }, index) => {
        const names = naiveList(client, world);
        return { set, text: listText(names.map((name) => urls[index]?.get(name) ?? "")) };
      });
      answer = texts.id(answerText(lists));
      ofAsn.set(place, answer);
      combinations += 1;
    }
    return answer;
  }
}

function mostSpecific(overrides: readonly OracleOverride[]): OracleOverride | undefined {
  return overrides.toSorted((a, b) => b.network.bits - a.network.bits)[0];
}

function uniqueSubnets(sets: readonly OracleSet[]): PlainPrefix[] {
  const all = sets.flatMap(({ world }) => world.mirrors.flatMap((mirror) => mirror.subnets));
  return [...new Map(all.map((net) => [partKey(net), net])).values()];
}

function partKey(part: PlainPrefix | OracleOverride): string {
  if ("network" in part) return `override ${partKey(part.network)}`;
  return `${part.family}:${part.first}/${part.bits}`;
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
