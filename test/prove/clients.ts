/** Counts clients while every address is gone through: by what they get, and by what decides that. */
import type { Judge, Question } from "../oracle/judge.ts";
import type { OracleWorld } from "../oracle/rank.ts";
import type { SweptInterval } from "./sweep.ts";

export interface CountedAnswer {
  ipv4: bigint;
  /** IPv6 addresses, of networks that somebody announces, and all. */
  announced: bigint;
  ipv6: bigint;
}

/** Clients that the rule has no way to tell apart, under one record of the City database. */
export interface Cell {
  readonly family: 4 | 6;
  readonly question: Question;
  /** Of `judge.answer`. */
  readonly answer: number;
  addresses: bigint;
}

export class ClientCounts {
  /** By the answer's id. */
  readonly answers = new Map<number, CountedAnswer>();
  /** Those that nothing but the record tells apart, by record; then the others. */
  readonly #plain = { 4: new Map<number, Cell>(), 6: new Map<number, Cell>() };
  readonly #others = new Map<string, Cell>();
  readonly #judge: Judge;
  readonly #active: OracleWorld["mirrors"];
  readonly #asns: ReadonlySet<number>;
  /** By situation, what of it concerns mirrors that are in lists. */
  readonly #situations = new Map<number, string>();

  constructor(judge: Judge, { mirrors }: OracleWorld) {
    this.#judge = judge;
    this.#active = mirrors.filter(({ disabled }) => !disabled);
    this.#asns = new Set(this.#active.flatMap(({ asns, ownAsns = [] }) => [...asns, ...ownAsns]));
  }

  /** Asked of every interval. */
  add({ question, record, expected, addresses, isAnnounced }: SweptInterval): void {
    const { family } = question.address;
    let counted = this.answers.get(expected);
    if (counted === undefined) {
      counted = { ipv4: 0n, announced: 0n, ipv6: 0n };
      this.answers.set(expected, counted);
    }
    if (family === 4) counted.ipv4 += addresses;
    else counted.ipv6 += addresses;
    if (isAnnounced) counted.announced += addresses;
    this.#cell(record, question, expected).addresses += addresses;
  }

  *cells(): Generator<Cell> {
    yield* this.#plain[4].values();
    yield* this.#plain[6].values();
    yield* this.#others.values();
  }

  #cell(record: number, question: Question, answer: number): Cell {
    const { family } = question.address;
    const asn = this.#asns.has(question.asn) ? question.asn : 0;
    const situation = question.situation === 0 ? "" : this.#situation(question.situation);
    const isSpread = this.#judge.dependsOnBlock(question.place, question.situation);
    const fresh = () => ({ family, question, answer, addresses: 0n });
    if (asn === 0 && situation === "" && !isSpread) {
      return this.#plain[family].get(record) ?? found(this.#plain[family], record, fresh);
    }
    const slot = this.#judge.slot(question);
    return found(this.#others, [family, record, asn, situation, slot].join(), fresh);
  }

  #situation(id: number): string {
    return found(this.#situations, id, () => {
      const { subnets, override } = this.#judge.situation(id);
      const own = this.#active.flatMap(({ name }) => {
        const bits = subnets.get(name);
        return bits === undefined ? [] : [{ name, bits }];
      });
      const lengths = [...new Set(own.map(({ bits }) => bits))].sort((a, b) => a - b);
      const ranked = own.map(({ name, bits }) => `${name} ${lengths.indexOf(bits)}`);
      const over = override && `${override.network.first}/${override.network.bits}`;
      return [...(over === undefined ? [] : [over]), ...ranked].join();
    });
  }
}

function found<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
