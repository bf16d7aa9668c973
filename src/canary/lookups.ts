/** What a canary asks, as whom, and what it is to get: by the files on disk, read by another reader. */
import { join } from "node:path";
import { sha256Hex } from "../emit/artifact.ts";
import type { Serving } from "../emit/manifest.ts";
import { rotationOf } from "../emit/nginx-rotation.ts";
import { QUESTIONS_PATH, readQuestions, type SetQuestion } from "../emit/questions.ts";
import { formatAddress } from "../ip/address.ts";
import { openFile } from "../sources/files.ts";
import { readGenerationFile } from "../sources/generation-file.ts";
import { openPublished } from "../sources/published.ts";
import { ODD_CLIENTS, type SampleSizes, sampleClients } from "./sample.ts";

export interface Lookup {
  readonly address: string;
  readonly set: string;
  readonly question: SetQuestion;
  /** The text of the list, its path left open. */
  readonly list: string;
}

export interface Plan {
  readonly lookups: readonly Lookup[];
  /** How many clients, classes of them at least, and list sets. */
  readonly addresses: number;
  readonly classes: number;
  readonly sets: number;
}

/** The server gave a wrong answer, or none. */
export class CanaryError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

const SIZES: SampleSizes = { ipv4: 240, ipv6: 120, edges: 30 };

/**
 * `folder` is `current` in the output directory, and `id` the generation that it leads to. Throws a
 * `CanaryError` when a list is not what its name says.
 *
 * The list sets take turns over the sample; the first clients and the odd ones ask for all.
 */
export async function planLookups(
  outputDir: string,
  folder: string,
  id: string,
  { rotations, unknownLists }: Serving,
): Promise<Plan> {
  const questions = [...readQuestions(readGenerationFile(folder, QUESTIONS_PATH))];
  const published = await openPublished(outputDir);
  if (published === null) throw new Error(`${outputDir} has no routes.mmdb`);
  const routes = openFile(join(folder, "routes.mmdb"));
  const sample = (() => {
    try {
      return sampleClients(routes, SIZES, randomFrom(id));
    } finally {
      routes.close();
    }
  })();
  const clients = [...ODD_CLIENTS, ...sample.addresses];
  const lookups = clients.flatMap(({ family, words }, number) => {
    const address = formatAddress(family, words);
    const asked =
      number < 2 * ODD_CLIENTS.length ? questions : [questions[number % questions.length]!];
    return asked.map(([set, question]): Lookup => {
      const ids = published.answerTo(address, set)?.ids ?? unknownLists[set] ?? [];
      const list = ids[rotations === 1 ? 0 : rotationOf(address, rotations)];
      if (list === undefined) throw new Error(`there is no list of set ${set} for ${address}`);
      return { address, set, question, list };
    });
  });
  const texts = new Map<string, string>();
  for (const { list } of lookups) if (!texts.has(list)) texts.set(list, intactList(folder, list));
  return {
    lookups: lookups.map((lookup) => ({ ...lookup, list: texts.get(lookup.list)! })),
    addresses: clients.length,
    classes: sample.classes,
    sets: questions.length,
  };
}

/** A list's name is the beginning of its digest. */
function intactList(folder: string, id: string): string {
  const text = readGenerationFile(folder, `lists/${id}`);
  if (sha256Hex(text).startsWith(id)) return text;
  throw new CanaryError(`lists/${id} is not what its name says`, "Look after the disk.");
}

/** The same generation is asked by the same clients (mulberry32). */
function randomFrom(seed: string): () => number {
  let state = Number.parseInt(sha256Hex(seed).slice(0, 8), 16);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
