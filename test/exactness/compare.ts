/** Holds what a generation answers against the naive rule, address by address. */
import { Reader, type Response } from "maxmind";
import { type Address, addressText, withoutEmbedding } from "../oracle/address.ts";
import { type AsnRange, asnLookup } from "../oracle/asn.ts";
import type { Answer } from "../oracle/generation.ts";
import { type Judge, makeJudge, type OracleRule, type Question } from "../oracle/judge.ts";
import type { PlainDatabase } from "../oracle/mmdb.ts";
import { placeOfRecord } from "../oracle/places.ts";

export interface CompareInputs extends OracleRule {
  /** One database for both families, or one for each. */
  readonly city: readonly PlainDatabase[];
  readonly asn: readonly AsnRange[];
}

/** What the rule gives an address, as `answerText` puts it. */
export type ExpectedText = (address: Address) => string;

export type ExpectedAnswer = (address: Address) => Answer;

export interface Difference {
  readonly address: string;
  readonly expected: string;
  readonly found: string;
}

export function expectedTexts(inputs: CompareInputs): ExpectedText {
  const judge = makeJudge(inputs);
  const questionOf = questions(inputs, judge);
  return (address) => judge.text(judge.expected(questionOf(address)));
}

export function expectedAnswers(inputs: CompareInputs): ExpectedAnswer {
  const judge = makeJudge(inputs);
  const questionOf = questions(inputs, judge);
  return (address) => judge.answer(judge.expected(questionOf(address)));
}

function questions({ city, asn }: CompareInputs, judge: Judge): (address: Address) => Question {
  const families = ([4, 6] as const).map((family) => {
    const exact = city.find(({ width }) => width === (family === 4 ? 32 : 128));
    const db = exact ?? (family === 4 ? city.find(({ width }) => width === 128) : undefined);
    return {
      reader: db && new Reader<Response>(db.bytes),
      asnOf: asnLookup(asn.filter((range) => range.family === family)),
    };
  });
  return (asked) => {
    const address = withoutEmbedding(asked);
    const family = families[address.family === 4 ? 0 : 1];
    const record = family?.reader?.get(addressText(address));
    return {
      place: judge.placeId(placeOfRecord(record)),
      asn: family?.asnOf(address.value) ?? 0,
      situation: judge.situationId(address),
      address,
    };
  };
}

/** `found[i]` is the text that the generation gives `addresses[i]`. */
export function differences(
  addresses: readonly Address[],
  found: readonly string[],
  expected: ExpectedText,
): Difference[] {
  if (found.length !== addresses.length) {
    throw new Error(`${addresses.length} addresses were asked for, ${found.length} answered`);
  }
  return addresses.flatMap((address, index) => {
    const right = expected(address);
    const given = found[index] ?? "";
    if (given === right) return [];
    return [{ address: addressText(address), expected: right, found: given }];
  });
}
