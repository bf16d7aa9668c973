/** A server under load while its generation is replaced 200 times, each time as README says. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, get } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lockOutput } from "../../src/publish/lock.ts";
import { findNginx, type RunningNginx } from "../../src/publish/nginx.ts";
import { publishGeneration, retireGenerations } from "../../src/publish/publish.ts";
import { quickFs } from "../publish/failing-fs.ts";
import { seededRandom } from "../support/random.ts";
import { bodyOf } from "./expected.ts";
import { hasNginx, start } from "./mounted-nginx.ts";
import { smallGeneration } from "./small-generation.ts";
import { EVERYWHERE, NETWORKS, urlsIn } from "./small-network.ts";

const SWAPS = 200;
const FIRST = 1_795_347_600;
const SEED = 20_261_122;
const POLL = { timeout: 20_000, interval: 10 };
/** Of each client, half of it on average: six that never rest would leave nginx no processor. */
const PAUSE_MS = 16;

const CLIENTS = [
  ["192.0.2.9", NETWORKS["192.0.2.0/24"]],
  ["198.51.100.7", NETWORKS["198.51.100.0/25"]],
  ["198.51.100.200", NETWORKS["198.51.100.128/25"]],
  ["203.0.113.77", NETWORKS["203.0.113.0/24"]],
  ["2001:db8::7", NETWORKS["2001:db8::/32"]],
  ["8.8.8.8", undefined],
] as const;
const QUESTIONS = [
  ["/mirrorlist/8/baseos", "all"],
  ["/mirrorlist/8/baseos?protocol=https", "all-https"],
] as const;

/** By client and question, what every generation answers but for its number. */
const EXPECTED = CLIENTS.map(([, clients]) =>
  QUESTIONS.map(([, set]) => {
    const urls = urlsIn(set, clients?.mirrors ?? EVERYWHERE, { edition: "edition-0" });
    return bodyOf("mirrorlist", urls, "8.10/BaseOS/$basearch/os/");
  }),
);

/** What a client gets of the generation with a number. */
function expectedBody(client: number, question: number, number: number): string {
  return EXPECTED[client]![question]!.replaceAll("edition-0", `edition-${number}`);
}

interface Tally {
  answers: number;
  /** Connections that nginx closed as it ended a worker, before it had taken the request. */
  closed: number;
  readonly faults: string[];
}

describe.skipIf(!hasNginx())(`${SWAPS} swaps under load`, () => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress-swaps-"));
  let nginx: RunningNginx;
  let published = 0;
  /** The number of the only generation that any worker has. */
  let served = 1;

  const publishNext = () => {
    published += 1;
    const lock = lockOutput(root, quickFs);
    const options = { root, trustedProxies: ["127.0.0.0/8"] };
    const generation = smallGeneration({
      ...options,
      builtAt: FIRST + published,
      edition: `edition-${published}`,
    });
    publishGeneration({ lock, fs: quickFs, ...generation });
    retireGenerations(lock, 3, quickFs);
    lock.release();
    return generation.id;
  };
  beforeAll(async () => {
    publishNext();
    nginx = await start(root);
  });
  afterAll(async () => {
    await nginx?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const ask = (path: string, address: string, agent: Agent | false) =>
    new Promise<{ readonly status: number; readonly body: string }>((resolve, reject) => {
      const headers = { "x-forwarded-for": address };
      const request = get(
        `${nginx.url}${path}`,
        { agent: agent || undefined, headers, ...(agent ? {} : { agent: false }) },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", (error) => reject(Object.assign(error, { begun: true })));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
          );
        },
      );
      request.on("error", (error) =>
        reject(Object.assign(error, { reused: request.reusedSocket })),
      );
    });

  /** Asks on and on; each answer is of the old or of the new generation, whole. */
  async function client(number: number, keepAlive: boolean, until: () => boolean): Promise<Tally> {
    const tally: Tally = { answers: 0, closed: 0, faults: [] };
    const random = seededRandom(SEED + number);
    const agent = keepAlive ? new Agent({ keepAlive: true, maxSockets: 1 }) : false;
    while (!until()) {
      await new Promise((wake) => setTimeout(wake, random() * PAUSE_MS));
      const who = Math.floor(random() * CLIENTS.length);
      const what = Math.floor(random() * QUESTIONS.length);
      const before = served;
      try {
        const { status, body } = await ask(QUESTIONS[what]![0], CLIENTS[who]![0], agent);
        const numbers = Array.from({ length: published - before + 1 }, (_, more) => before + more);
        const isRight = numbers.some((each) => body === expectedBody(who, what, each));
        if (status !== 200 || !isRight) {
          tally.faults.push(`${status} as ${CLIENTS[who]![0]} of ${numbers}: ${body}`);
        }
        tally.answers += 1;
      } catch (error) {
        const { reused, begun } = error as { reused?: boolean; begun?: boolean };
        // A connection that was idle may be closed at the very moment it is used again (RFC 9112,
        // 9.3.1); a new one may not, nor one on which an answer has begun.
        if (reused === true && begun !== true) tally.closed += 1;
        else tally.faults.push(`${keepAlive ? "kept" : "new"} connection: ${String(error)}`);
      }
    }
    if (agent) agent.destroy();
    return tally;
  }

  /** As an operator would: nginx -t && nginx -s reload. */
  function reload(): void {
    const { program } = findNginx();
    const arguments_ = ["-p", `${dirname(nginx.configuration)}/`, "-c", nginx.configuration, "-t"];
    const { status, stderr } = spawnSync(program, arguments_, { encoding: "utf8", env: {} });
    expect([status, stderr]).toEqual([0, expect.stringContaining("test is successful")]);
    nginx.reload();
  }

  function workers(): number {
    const master = readFileSync(join(dirname(nginx.configuration), "nginx.pid"), "utf8").trim();
    const children = readFileSync(`/proc/${master}/task/${master}/children`, "utf8");
    return children.trim().split(" ").length;
  }

  it("lose no request and mix no list", async () => {
    let done = false;
    const clients = [0, 1, 2, 3, 4, 5].map((number) =>
      client(number, number % 2 === 0, () => done),
    );
    try {
      for (let swap = 0; swap < SWAPS; swap++) {
        const id = publishNext();
        reload();
        const serves = async () => (await ask("/whoami", "192.0.2.9", false)).body.includes(id);
        await expect.poll(serves, POLL).toBe(true);
        // The master ends the old worker a tenth of a second after it has begun the new one.
        await expect.poll(workers, POLL).toBe(1);
        served = published;
      }
    } finally {
      done = true;
    }
    const tallies = await Promise.all(clients);
    expect(tallies.flatMap(({ faults }) => faults).slice(0, 3)).toEqual([]);
    for (const { answers } of tallies) expect(answers).toBeGreaterThan(SWAPS);
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|error|alert|crit|emerg)\]/);
    const sum = (field: "answers" | "closed") =>
      tallies.reduce((total, each) => total + each[field], 0);
    process.stderr.write(
      `${SWAPS} swaps: ${sum("answers")} answers right, ${sum("closed")} idle connections closed under a request and asked again\n`,
    );
  }, 180_000);
});
