/**
 * How many clients each country has, by what an operator counted: a CSV table of
 *
 *     country,weight[,family]
 *     DE,12.5
 *     US,30,ipv4
 *     US,10,ipv6
 *
 * with or without the header. A weight without a family is that of both, each by itself: forecasts
 * of IPv4 and IPv6 are never mixed.
 */
import type { Report, SourceFile } from "../diagnostics/diagnostic.ts";
import { positionOf } from "../diagnostics/position.ts";
import { problem } from "../diagnostics/problem.ts";
import { COUNTRIES, findCountry } from "../geo/countries.ts";
import { closest } from "./closest.ts";

/** By country code; those that are not named have none. */
export interface LoadWeights {
  readonly ipv4: ReadonlyMap<string, number>;
  readonly ipv6: ReadonlyMap<string, number>;
}

type Family = keyof LoadWeights;

/** Null when the table has errors, which are reported. */
export function readLoadWeights(file: SourceFile, report: Report): LoadWeights | null {
  const weights = { ipv4: new Map<string, number>(), ipv6: new Map<string, number>() };
  /** Offsets by country and family. */
  const firsts = new Map<string, number>();
  let isSound = true;
  const fail: Report = (diagnostic) => {
    isSound = false;
    report(diagnostic);
  };
  for (const line of linesOf(file.text)) {
    if (line.fields.length === 0 || (line.isFirst && isHeader(line))) continue;
    const row = readRow(line, file, fail);
    if (row === null) continue;
    for (const family of row.families) {
      const key = `${row.country} ${family}`;
      const first = firsts.get(key);
      if (first === undefined) {
        firsts.set(key, line.start);
        weights[family].set(row.country, row.weight);
      } else {
        const args = {
          country: row.country,
          family: FAMILY_NAMES[family],
          firstLine: positionOf(file, first).line,
        };
        fail(problem("weights-given-twice", { file, range: rangeOf(line) }, args));
        break;
      }
    }
  }
  const isWeighed = [...weights.ipv4.values(), ...weights.ipv6.values()].some((each) => each > 0);
  if (isSound && !isWeighed) fail(problem("weights-empty", { file }, {}));
  return isSound ? weights : null;
}

const FAMILY_NAMES = { ipv4: "IPv4", ipv6: "IPv6" } as const;

const FAMILIES: Readonly<Record<string, readonly Family[]>> = {
  "": ["ipv4", "ipv6"],
  "4": ["ipv4"],
  ipv4: ["ipv4"],
  "6": ["ipv6"],
  ipv6: ["ipv6"],
};

interface Line {
  /** Without the spaces and quotes around them; none of an empty line. */
  readonly fields: readonly string[];
  readonly start: number;
  readonly length: number;
  readonly isFirst: boolean;
}

function* linesOf(text: string): Generator<Line> {
  let start = 0;
  let isFirst = true;
  for (const written of text.split("\n")) {
    const content = written.replace(/\r$/, "");
    const fields = content.trim() === "" ? [] : content.split(",").map(unquote);
    yield { fields, start, length: content.length, isFirst };
    if (fields.length > 0) isFirst = false;
    start += written.length + 1;
  }
}

function unquote(field: string): string {
  return field.trim().replace(/^"(.*)"$/, "$1");
}

function isHeader({ fields }: Line): boolean {
  return fields[0]?.toLowerCase() === "country";
}

interface Row {
  readonly country: string;
  readonly weight: number;
  readonly families: readonly Family[];
}

function readRow(line: Line, file: SourceFile, report: Report): Row | null {
  const place = { file, range: rangeOf(line) };
  const [country = "", weight, family = "", ...more] = line.fields;
  const families = Object.hasOwn(FAMILIES, family.toLowerCase())
    ? FAMILIES[family.toLowerCase()]
    : undefined;
  const reason =
    weight === undefined
      ? "it has one field"
      : more.length > 0
        ? `it has ${line.fields.length} fields`
        : !WEIGHT.test(weight) || !Number.isFinite(Number(weight))
          ? `"${weight}" is not a number of 0 or more`
          : families === undefined
            ? `"${family}" is neither ipv4 nor ipv6`
            : undefined;
  if (reason !== undefined) report(problem("weights-bad-line", place, { reason }));
  const found = findCountry(country);
  if (found === null) {
    const suggestion = closest(
      country,
      COUNTRIES.map(({ name }) => name),
    );
    report(problem("weights-unknown-country", place, { text: country, suggestion }));
  }
  return reason !== undefined || found === null || families === undefined
    ? null
    : { country: found.code, weight: Number(weight), families };
}

const WEIGHT = /^\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function rangeOf({ start, length }: Line) {
  return { start, end: start + length };
}
