/**
 * `npm run prove`: every address of both families, not a sample. The leaves of the City databases,
 * the ASN ranges, the subnets and the overrides are merged in address order with the leaves of the
 * published routes.mmdb, and for every elementary interval the list there must be the one that the
 * rule, applied plainly, gives. What is published of many clients at once, the lists of countries and
 * near/, is held against the count of all.
 *
 *     npm run prove -- [--config FILE] [--output FOLDER]
 *
 * Without --output the network is built first, in a temporary folder. Ends with 1 on a difference.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildNetwork } from "../../src/build.ts";
import { count, seconds, table } from "../bench/report.ts";
import { type Address, addressText } from "../oracle/address.ts";
import { readGeneration } from "../oracle/generation.ts";
import { plainDatabase } from "../oracle/mmdb.ts";
import { type OracleNetwork, oracleNetwork, programInputs } from "../oracle/network.ts";
import { type FamilyProof, type Proof, prove } from "./proof.ts";
import { proveSummaries, type SummaryProof } from "./summaries.ts";
import type { Mismatch } from "./sweep.ts";

const { values: options } = parseArgs({
  options: {
    config: { type: "string", default: "config.yml" },
    output: { type: "string" },
  },
});
/** Of a list that differs; the full list of an unknown place would hide what does. */
const EXCERPT_LINES = 24;
const started = performance.now();
const temporary = mkdtempSync(join(tmpdir(), "mirrorpress-prove-"));
try {
  const output = options.output ?? (await build());
  const generation = readGeneration(join(output, "current"));
  const builtAt = builtAtOf(output);
  say(`reading the inputs of ${options.config}`);
  const network = oracleNetwork(options.config, builtAt, programInputs(options.config, builtAt));
  sayWhatIsProven(network);
  const routes = plainDatabase(readFileSync(generation.routesFile));
  const input = { ...network, routes, lists: generation.lists, progress: showProgress };
  const proof = prove(input);
  const summaries = proveSummaries(join(output, "current"), input, proof);
  show(proof, summaries);
  process.exitCode = proof.holds && summaries.objections.length === 0 ? 0 : 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}

function sayWhatIsProven({ mirrors, world: { policy }, sets, asn }: OracleNetwork): void {
  const subnets = new Set(
    mirrors.flatMap((one) => one.subnets.map(({ first, bits }) => `${first}/${bits}`)),
  ).size;
  const rotations = policy.spread?.rotations ?? 1;
  say(
    `policy ${policy.name}, ${rotations === 1 ? "1 rotation" : `${rotations} rotations`}; ` +
      `list sets ${sets.map(({ name }) => name).join(", ")}`,
  );
  say(
    `${count(mirrors.length)} mirrors, ${count(subnets)} subnets of theirs, ` +
      `${count(asn.length)} ranges of their ASNs`,
  );
}

async function build(): Promise<string> {
  say(`building ${options.config}`);
  const builtAt = Math.floor(Date.now() / 1000);
  const clock = () => performance.now();
  await buildNetwork(
    { configPath: options.config, output: temporary, builtAt, version: "0.0.0", clock },
    () => {},
  );
  return temporary;
}

/** Seconds since 1970: the time that ends and expiries were measured against. */
function builtAtOf(output: string): number {
  const manifest = JSON.parse(readFileSync(join(output, "current", "manifest.json"), "utf8")) as {
    builtAt: string;
  };
  return Date.parse(manifest.builtAt) / 1000;
}

function showProgress(family: 4 | 6, intervals: number, at: Address): void {
  if (intervals % 2_000_000 === 0) {
    say(`IPv${family}: ${count(intervals)} intervals, at ${addressText(at)}`);
  }
}

function show(proof: Proof, { countryLists, nearLists, objections }: SummaryProof): void {
  const line = (family: FamilyProof) => [
    `IPv${family.family}`,
    count(family.intervals),
    count(family.combinations),
    addressesCovered(family),
    count(family.mismatches),
    seconds(family.seconds * 1000),
  ];
  const head = [
    "family",
    "intervals compared",
    "new combinations",
    "addresses",
    "mismatches",
    "time",
  ];
  process.stdout.write(`\n${table(head, proof.families.map(line))}\n`);
  for (const { prefix, verdict } of proof.aliases) {
    process.stdout.write(`${prefix} against the IPv4 tree: ${verdict}\n`);
  }
  const excess = proof.excess.length === 0 ? "yes" : `NO: ${proof.excess.join(", ")}`;
  process.stdout.write(`routes.mmdb is minimal and each node is there once: ${excess}\n`);
  const agree = objections.length === 0 ? "right" : `${count(objections.length)} objections`;
  process.stdout.write(
    `${count(countryLists)} lists of countries and ${count(nearLists)} of near/: ${agree}\n`,
  );
  const [first] = proof.families.flatMap(({ shown }) => shown);
  if (first) showMismatch(first, proof);
  for (const objection of objections.slice(0, 20)) process.stdout.write(`  ${objection}\n`);
  const isProven = proof.holds && objections.length === 0;
  const verdict = isProven ? "Every address gets the list of the rule." : "NOT PROVEN.";
  process.stdout.write(`\n${verdict} ${seconds(performance.now() - started)}\n`);
}

/** All of IPv4; of IPv6 all but the four prefixes that embed it, which are compared as nodes. */
function addressesCovered({ family, addresses, toCover }: FamilyProof): string {
  const what = family === 4 ? "2^32" : "2^128 - 3 * 2^32 - 2^112";
  return addresses === toCover ? `${what}, all` : `${count(addresses)} of ${what}: NOT ALL`;
}

function showMismatch({ first, last, place, asn, expected, found }: Mismatch, proof: Proof): void {
  const { judge } = proof;
  process.stdout.write(
    `\nThe first difference: ${addressText(first)} to ${addressText(last)}\n` +
      `place ${JSON.stringify(judge.place(place))}, ASN ${asn === 0 ? "none of the mirrors'" : asn}\n\n` +
      `the rule gives\n${excerpt(judge.text(expected))}\nthe file gives\n${excerpt(judge.text(found))}`,
  );
}

function excerpt(text: string): string {
  const lines = text.trimEnd().split("\n");
  const more = lines.length - EXCERPT_LINES;
  const shown = lines.slice(0, EXCERPT_LINES).map((line) => `  ${line}\n`);
  return `${shown.join("")}${more > 0 ? `  ... and ${more} lines more\n` : ""}`;
}

function say(what: string): void {
  const at = seconds(performance.now() - started).padStart(8);
  process.stderr.write(`${at}  ${what}\n`);
}
