/**
 * After the switch a sample of clients asks the server for their lists, and every answer is compared
 * byte for byte with what the files on disk say by another reader. On a wrong one the generation
 * before is made current again.
 */
import { join, resolve } from "node:path";
import pLimit from "p-limit";
import { ODD_CLIENTS, type SampleSizes, sampleClients } from "./canary-sample.ts";
import { EnvironmentError } from "./diagnostics/environment.ts";
import { RefusedError } from "./diagnostics/refusal.ts";
import { sha256Hex } from "./emit/artifact.ts";
import { MANIFEST_PATH, readServing } from "./emit/manifest.ts";
import { httpConfiguration, NETWORKS_PATH } from "./emit/nginx.ts";
import { rotationOf } from "./emit/nginx-rotation.ts";
import { answerTo, QUESTIONS_PATH, readQuestions, type SetQuestion } from "./emit/questions.ts";
import { formatAddress } from "./ip/address.ts";
import { openServerClient, type ServerClient } from "./publish/ask.ts";
import type { PublishFs } from "./publish/file-system.ts";
import { CURRENT } from "./publish/generations.ts";
import type { OutputLock } from "./publish/lock.ts";
import { findNginx, type NginxPlaces, startNginx } from "./publish/nginx.ts";
import { type Published, withdrawGeneration } from "./publish/publish.ts";
import { openFile } from "./sources/files.ts";
import { readGenerationFile } from "./sources/generation-file.ts";
import { openPublished } from "./sources/published.ts";

/**
 * Whom to ask: nobody; an nginx of our own on loopback, where one is installed; that, or it is an
 * error; or the server at a URL, which believes the X-Forwarded-For of this machine.
 */
export type CanaryChoice =
  | "nobody"
  | "nginx-if-installed"
  | "nginx"
  | { readonly url: string; readonly waitSeconds: number };

export interface CanaryReport {
  /** "nginx", or the URL. */
  readonly server: string;
  /** Look-ups, all of them right. */
  readonly asked: number;
  readonly addresses: number;
  /** Classes of clients among them, and list sets that were asked for. */
  readonly classes: number;
  readonly sets: number;
}

export interface CanarySurroundings {
  /** Where nginx may be. */
  readonly places?: NginxPlaces;
  /** What the link is moved back by. */
  readonly fs?: PublishFs;
}

/** Why nobody was asked, in words. */
export interface NoCanary {
  readonly skipped: string;
}

/** Throws an `EnvironmentError` when nginx is asked for and is not there: better before publishing. */
export function requireServer(choice: CanaryChoice, places?: NginxPlaces): void {
  if (choice === "nginx") findNginx(places);
}

/**
 * Throws a `RefusedError` on a wrong answer or none, with the generation before made current again.
 * So does an `EnvironmentError`.
 */
export async function confirmByCanary(
  lock: OutputLock,
  published: Published,
  choice: CanaryChoice,
  { places, fs }: CanarySurroundings = {},
): Promise<CanaryReport | NoCanary> {
  try {
    return await askCanary(lock.outputDir, published.id, choice, places);
  } catch (error) {
    const aftermath = published.unchanged
      ? "It was current before, and stays so."
      : withdraw(lock, published, fs);
    if (error instanceof EnvironmentError) {
      throw new EnvironmentError(error.doing, `${aftermath} ${error.remedy}`, error.message);
    }
    if (!(error instanceof CanaryError)) throw error;
    throw new RefusedError(`${error.message}\n${aftermath}`, error.remedy);
  }
}

/** What was done about it, in words. */
function withdraw(lock: OutputLock, published: Published, fs?: PublishFs): string {
  const aside = withdrawGeneration(lock, published, fs);
  const before =
    published.replaced === undefined
      ? "No generation is current, as before."
      : `Generation ${published.replaced} is current again.`;
  return aside === null ? before : `${before} The one that failed is in ${aside} until the next.`;
}

/** The server gave a wrong answer, or none. */
class CanaryError extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(message);
    this.remedy = remedy;
  }
}

interface Lookup {
  readonly address: string;
  readonly set: string;
  readonly question: SetQuestion;
  readonly list: string;
}

interface Plan {
  readonly lookups: readonly Lookup[];
  readonly report: Pick<CanaryReport, "addresses" | "classes" | "sets">;
}

const SIZES: SampleSizes = { ipv4: 240, ipv6: 120, edges: 30 };
const CONNECTIONS = 8;
const SECONDS_EACH = 10;
/** A list of every mirror there could be, and then some. */
const MAX_ANSWER_BYTES = 4 << 20;
const SHOWN = 3;

async function askCanary(
  outputDir: string,
  id: string,
  choice: CanaryChoice,
  places: NginxPlaces | undefined,
): Promise<CanaryReport | NoCanary> {
  if (choice === "nobody") return { skipped: "as asked for" };
  if (choice === "nginx-if-installed") {
    const missing = whyNoNginx(places);
    if (missing !== null) return { skipped: missing };
  } else requireServer(choice, places);
  const folder = join(resolve(outputDir), CURRENT);
  const manifest = readGenerationFile(folder, MANIFEST_PATH);
  if (!readServing(manifest).has(QUESTIONS_PATH)) {
    return { skipped: "the generation is of a version that did not say what to ask" };
  }
  const { lookups, report } = await planLookups(outputDir, folder, id);
  if (typeof choice === "object") {
    const client = openClient(choice.url);
    try {
      await awaitGeneration(client, id, choice);
      await askAll(client, choice.url, lookups);
    } finally {
      client.close();
    }
    return { server: choice.url, asked: lookups.length, ...report };
  }
  await askOwnNginx(resolve(outputDir), folder, id, lookups);
  return { server: "nginx", asked: lookups.length, ...report };
}

function whyNoNginx(places: NginxPlaces | undefined): string | null {
  try {
    findNginx(places);
    return null;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return error.message;
  }
}

/** The list sets take turns over the sample; the first clients and the odd ones ask for all. */
async function planLookups(outputDir: string, folder: string, id: string): Promise<Plan> {
  const questions = [...readQuestions(readGenerationFile(folder, QUESTIONS_PATH))];
  const { rotations, unknownLists } = readServing(readGenerationFile(folder, MANIFEST_PATH));
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
    report: { addresses: clients.length, classes: sample.classes, sets: questions.length },
  };
}

/** A list's name is the beginning of its digest. */
function intactList(folder: string, id: string): string {
  const text = readGenerationFile(folder, `lists/${id}`);
  if (sha256Hex(text).startsWith(id)) return text;
  throw new CanaryError(`lists/${id} is not what its name says`, "Look after the disk.");
}

async function askOwnNginx(
  root: string,
  folder: string,
  id: string,
  lookups: readonly Lookup[],
): Promise<void> {
  const nginx = await startNginx({
    http: mountedHttp(root, folder, id),
    server: readGenerationFile(folder, "nginx/server.conf"),
    trustLoopback: true,
  }).catch((error: unknown) => {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new CanaryError(`nginx does not start with the generation:\n${error.message}`, ADVICE);
  });
  const client = openClient(nginx.url);
  try {
    await askAll(client, "nginx", lookups);
    const worse = nginx.errorLog().match(/^.*\[(?:alert|crit|emerg)\].*$/gm) ?? [];
    if (worse.length === 0) return;
    throw new CanaryError(`nginx logged:\n${worse.slice(0, SHOWN).join("\n")}`, ADVICE);
  } finally {
    client.close();
    await nginx.stop();
  }
}

const ADVICE =
  "Compare nginx/ and routes.mmdb of the generation that failed with those of the one before. If it is the machine's nginx that is at fault, --no-canary publishes without asking it.";

/** The file as it is, through `current`; made for this place where the server's output is elsewhere. */
function mountedHttp(root: string, folder: string, id: string): string {
  const text = readGenerationFile(folder, "nginx/http.conf");
  if (text.includes(`"${root}/generations/${id}"`)) return text;
  const { rotations, unknownLists, has } = readServing(readGenerationFile(folder, MANIFEST_PATH));
  const networks = has(NETWORKS_PATH);
  return httpConfiguration({
    root,
    id,
    rotations,
    unknownLists,
    networks,
    client: "remote-address",
  });
}

function openClient(url: string): ServerClient {
  return openServerClient({
    url,
    connections: CONNECTIONS,
    seconds: SECONDS_EACH,
    maxBytes: MAX_ANSWER_BYTES,
  });
}

/** A server elsewhere is reloaded by somebody else, soon, and must believe whom we ask for. */
async function awaitGeneration(
  client: ServerClient,
  id: string,
  { url, waitSeconds }: { readonly url: string; readonly waitSeconds: number },
): Promise<void> {
  const asked = "192.0.2.1";
  let last = "nothing";
  for (let waited = 0; ; waited += WAIT_STEP_SECONDS) {
    const answer = await client.get("/whoami", asked).catch((error: Error) => error);
    if (answer instanceof Error) last = answer.message;
    else {
      const { generation, address } = readWhoami(answer.body);
      if (generation === id && address === asked) return;
      if (generation === id) {
        throw new CanaryError(
          `${url} does not believe X-Forwarded-For from this machine: asked as ${asked}, it took us for ${String(address)}`,
          "Add this machine to serve.trusted_proxies, or ask the server on itself.",
        );
      }
      last = typeof generation === "string" ? `generation ${generation}` : `${answer.status}`;
    }
    if (waited >= waitSeconds) break;
    await new Promise((wake) => setTimeout(wake, WAIT_STEP_SECONDS * 1000));
  }
  throw new CanaryError(
    `${url} does not serve generation ${id} after ${waitSeconds} s; /whoami gave ${last}`,
    "Have the server reload when `current` changes (a systemd path unit does), or leave --canary out and reload after the build.",
  );
}

const WAIT_STEP_SECONDS = 0.5;

function readWhoami(body: string): { readonly generation?: unknown; readonly address?: unknown } {
  try {
    return (JSON.parse(body) as { generation?: unknown; address?: unknown } | null) ?? {};
  } catch {
    return {};
  }
}

async function askAll(
  client: ServerClient,
  server: string,
  lookups: readonly Lookup[],
): Promise<void> {
  const limit = pLimit(CONNECTIONS);
  const wrong = await Promise.all(
    lookups.map((lookup) => limit(() => askOne(client, lookup))),
  ).then((answers) => answers.filter((answer) => answer !== null));
  if (wrong.length === 0) return;
  throw new CanaryError(
    [
      `${server} gave ${wrong.length} wrong answers to ${lookups.length} look-ups`,
      ...wrong.slice(0, SHOWN),
    ].join("\n"),
    ADVICE,
  );
}

/** What was asked, got and expected, in words; null for a right answer. */
async function askOne(
  client: ServerClient,
  { address, set, question, list }: Lookup,
): Promise<string | null> {
  const asked = `asked ${question.ask} as ${address}, list set ${set}`;
  try {
    const { status, body } = await client.get(question.ask, address);
    if (status !== 200) return `${asked}: got status ${status}`;
    const expected = answerTo(question, list);
    return body === expected ? null : `${asked}: ${firstDifference(body, expected)}`;
  } catch (error) {
    return `${asked}: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function firstDifference(got: string, expected: string): string {
  const gotLines = got.split("\n");
  const lines = expected.split("\n");
  const at = lines.findIndex((line, index) => line !== gotLines[index]);
  const line = at === -1 ? lines.length : at;
  const shown = (text: string | undefined) => (text === undefined ? "nothing" : text || "the end");
  return `line ${line + 1}: got ${shown(gotLines[line])}, expected ${shown(lines[line])}`;
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
