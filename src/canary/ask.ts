/** Asks a server, one of our own or one elsewhere, what a canary is to ask, and compares. */
import pLimit from "p-limit";
import { EnvironmentError } from "../diagnostics/environment.ts";
import type { Serving } from "../emit/manifest.ts";
import { httpConfiguration, NETWORKS_PATH } from "../emit/nginx.ts";
import { answerTo } from "../emit/questions.ts";
import { openServerClient, type ServerClient } from "../publish/ask.ts";
import { startNginx } from "../publish/nginx.ts";
import { readGenerationFile } from "../sources/generation-file.ts";
import { CanaryError, type Lookup } from "./lookups.ts";

const CONNECTIONS = 8;
const SECONDS_EACH = 10;
/** For all look-ups: a server far away takes some ten. */
const SECONDS_IN_ALL = 120;
/** After so many without an answer nobody waits for the others. */
const MOST_UNANSWERED = 16;
/** A list of every mirror there could be, and then some. */
const MAX_ANSWER_BYTES = 4 << 20;
const SHOWN = 3;

export interface PublishedFolder {
  /** The output directory, absolute, and in it `current`. */
  readonly root: string;
  readonly folder: string;
  readonly id: string;
  readonly serving: Serving;
}

/**
 * Of an nginx on loopback, with the generation's configuration as README mounts it. Throws a
 * `CanaryError` when nginx does not start, answers or logs wrong.
 */
export async function askOwnNginx(
  published: PublishedFolder,
  lookups: readonly Lookup[],
  interrupt: AbortSignal,
): Promise<void> {
  const nginx = await startNginx({
    http: mountedHttp(published),
    server: readGenerationFile(published.folder, "nginx/server.conf"),
    trustLoopback: true,
  }).catch((error: unknown) => {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new CanaryError(`nginx does not start with the generation:\n${error.message}`, ADVICE);
  });
  const client = openClient(nginx.url, interrupt);
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
function mountedHttp({ root, folder, id, serving }: PublishedFolder): string {
  const text = readGenerationFile(folder, "nginx/http.conf");
  if (text.includes(`"${root}/generations/${id}"`)) return text;
  const { rotations, unknownLists, has } = serving;
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

/** The same of a server elsewhere, as soon as it serves the generation. */
export async function askServer(
  server: { readonly url: string; readonly waitSeconds: number },
  id: string,
  lookups: readonly Lookup[],
  interrupt: AbortSignal,
): Promise<void> {
  const client = openClient(server.url, interrupt);
  try {
    await awaitGeneration(client, id, server, interrupt);
    await askAll(client, server.url, lookups);
  } finally {
    client.close();
  }
}

/** Closed by the interruption, and by whoever opened it. */
function openClient(url: string, interrupt: AbortSignal): ServerClient {
  const client = openServerClient({
    url,
    connections: CONNECTIONS,
    seconds: SECONDS_EACH,
    maxBytes: MAX_ANSWER_BYTES,
  });
  interrupt.addEventListener("abort", client.close);
  return {
    get: (path, address) => {
      interrupt.throwIfAborted();
      return client.get(path, address);
    },
    close: () => {
      interrupt.removeEventListener("abort", client.close);
      client.close();
    },
  };
}

/**
 * A server elsewhere is reloaded by somebody else, soon, and must believe whom we ask for. It is asked
 * on every connection, since several processes or machines may share the address: those connections
 * are the ones that are used from then on.
 */
async function awaitGeneration(
  client: ServerClient,
  id: string,
  { url, waitSeconds }: { readonly url: string; readonly waitSeconds: number },
  interrupt: AbortSignal,
): Promise<void> {
  for (let waited = 0; ; waited += WAIT_STEP_SECONDS) {
    const answers = await Promise.all(
      Array.from({ length: CONNECTIONS }, () => whoServes(client, url, id)),
    );
    const last = answers.find((answer) => answer !== null);
    if (last === undefined) return;
    if (waited >= waitSeconds || interrupt.aborted) {
      throw new CanaryError(
        `${url} does not serve generation ${id} after ${waitSeconds} s; /whoami gave ${last}`,
        "Have the server reload when `current` changes (a systemd path unit does), or leave --canary out and reload after the build.",
      );
    }
    await new Promise((wake) => setTimeout(wake, WAIT_STEP_SECONDS * 1000));
  }
}

/** Null for the generation that is expected, else what is there instead. */
async function whoServes(client: ServerClient, url: string, id: string): Promise<string | null> {
  const asked = "192.0.2.1";
  const answer = await client.get("/whoami", asked).catch((error: Error) => error);
  if (answer instanceof Error) return answer.message;
  const { status, body, location } = answer;
  if (location !== undefined) {
    throw new CanaryError(
      `${url} sends whoever asks to ${location}`,
      "Name the server that answers: a redirect is not followed, for it would be another that is asked.",
    );
  }
  const { generation, address } = readWhoami(body);
  if (generation === id && address === asked) return null;
  if (generation === id) {
    throw new CanaryError(
      `${url} does not believe X-Forwarded-For from this machine: asked as ${asked}, it took us for ${String(address)}`,
      "Add this machine to serve.trusted_proxies, or ask the server on itself.",
    );
  }
  return typeof generation === "string" ? `generation ${generation}` : `status ${status}`;
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
  const deadline = AbortSignal.timeout(SECONDS_IN_ALL * 1000);
  const wrong: string[] = [];
  let [asked, unanswered] = [0, 0];
  await Promise.all(
    lookups.map((lookup) =>
      limit(async () => {
        if (unanswered >= MOST_UNANSWERED || deadline.aborted) return;
        const { fault, isAnswered } = await askOne(client, lookup);
        asked += 1;
        if (!isAnswered) unanswered += 1;
        if (fault !== null) wrong.push(fault);
      }),
    ),
  );
  const rest = lookups.length - asked;
  if (wrong.length === 0 && rest === 0) return;
  throw new CanaryError(
    [
      `${server} gave ${wrong.length} wrong answers to ${asked} look-ups`,
      ...wrong.slice(0, SHOWN),
      ...(rest === 0
        ? []
        : [
            `${rest} more were not asked: ${unanswered} had no answer in ${SECONDS_IN_ALL} s at the most`,
          ]),
    ].join("\n"),
    ADVICE,
  );
}

interface Verdict {
  /** What was asked, got and expected, in words; null for a right answer. */
  readonly fault: string | null;
  readonly isAnswered: boolean;
}

async function askOne(
  client: ServerClient,
  { address, set, question, list }: Lookup,
): Promise<Verdict> {
  const asked = `asked ${question.ask} as ${address}, list set ${set}`;
  try {
    const { status, body } = await client.get(question.ask, address);
    // What no mirror may serve there is not found.
    if (list === "" && status === 404) return { fault: null, isAnswered: true };
    if (list === "" || status !== 200)
      return { fault: `${asked}: got status ${status}`, isAnswered: true };
    const expected = answerTo(question, list);
    const fault = body === expected ? null : `${asked}: ${firstDifference(body, expected)}`;
    return { fault, isAnswered: true };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    return { fault: `${asked}: ${said}`, isAnswered: false };
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
