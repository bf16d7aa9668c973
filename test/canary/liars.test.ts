/** A canary asks servers that are wrong in one way each; one that is right shows that they are asked. */
import { mkdtempSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { confirmByCanary, type Interruptible } from "../../src/canary/canary.ts";
import { type Lookup, planLookups } from "../../src/canary/lookups.ts";
import { readServing } from "../../src/emit/manifest.ts";
import { answerTo } from "../../src/emit/questions.ts";
import { lockOutput } from "../../src/publish/lock.ts";
import { type Published, publishGeneration } from "../../src/publish/publish.ts";
import { smallGeneration } from "../serve/small-generation.ts";
import { makeAuthority } from "../support/certificates.ts";

let root: string;
let servers: Server[];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "mirrorpress-liars-"));
  servers = [];
});
afterEach(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(root, { recursive: true, force: true });
});

const FIRST = 1_795_347_600;
const generation = (number: number) =>
  smallGeneration({ root, builtAt: FIRST + number, edition: `edition-${number}` });
const current = () => readlinkSync(join(root, "current")).replace("generations/", "");

interface Asked {
  readonly lookup: Lookup;
  /** What is right. */
  readonly body: string;
  /** Requests for lists so far. */
  readonly number: number;
  readonly all: readonly Lookup[];
}

type Answer = (asked: Asked, response: ServerResponse) => void;

const truth: Answer = ({ body }, response) => void response.end(body);

/** Serves the generation that is current in `root` when it is asked first, by an answer of ours. */
async function serve(answer: Answer, whoami?: (response: ServerResponse) => void): Promise<string> {
  const server = createServer(listener(answer, whoami));
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function listener(answer: Answer, whoami?: (response: ServerResponse) => void) {
  let plan: Promise<readonly Lookup[]> | undefined;
  let number = 0;
  return async (request: IncomingMessage, response: ServerResponse) => {
    const id = current();
    const address = String(request.headers["x-forwarded-for"]);
    if (request.url === "/whoami") {
      if (whoami) whoami(response);
      else response.end(JSON.stringify({ generation: id, address }));
      return;
    }
    const folder = join(root, "current");
    const serving = readServing(readFileSync(join(folder, "manifest.json"), "utf8"));
    plan ??= planLookups(root, folder, id, serving).then(({ lookups }) => lookups);
    const all = await plan;
    const lookup = all.find(
      (each) => each.address === address && each.question.ask === request.url,
    );
    if (lookup === undefined) throw new Error(`nobody was to ask ${request.url} as ${address}`);
    number += 1;
    answer({ lookup, body: answerTo(lookup.question, lookup.list), number, all }, response);
  };
}

async function publish(url: string, interruptible?: Interruptible) {
  const lock = lockOutput(root);
  try {
    let published: Published | undefined;
    for (const number of [1, 2]) published = publishGeneration({ lock, ...generation(number) });
    const more = interruptible ? { interruptible } : {};
    return await confirmByCanary(lock, published!, { url, waitSeconds: 0 }, more);
  } finally {
    lock.release();
  }
}

async function refusal(url: string, interruptible?: Interruptible): Promise<string> {
  const error = (await publish(url, interruptible).catch((thrown: unknown) => thrown)) as Error;
  expect(error.name).toBe("RefusedError");
  expect(error.message).toContain(`Generation ${generation(1).id} is current again.`);
  expect(current()).toBe(generation(1).id);
  return error.message;
}

describe("the canary at a URL", () => {
  it("believes a server that says what the files say", async () => {
    expect(await publish(await serve(truth))).toMatchObject({ asked: expect.any(Number) });
    expect(current()).toBe(generation(2).id);
  });

  it.each<readonly [string, Answer, RegExp]>([
    [
      "gives some clients the list of another class",
      ({ lookup, body, all }, response) => {
        const other = all.find(
          ({ set, list }) => set === lookup.set && list !== lookup.list && lookup.set === "all",
        );
        response.end(other ? answerTo(lookup.question, other.list) : body);
      },
      /list set all: line \d+: got .*, expected /,
    ],
    [
      "is right for IPv4 and wrong for IPv6",
      ({ lookup, body }, response) =>
        void response.end(
          lookup.address.includes(":") ? body.replace("example", "elsewhere") : body,
        ),
      /asked \S+ as [0-9a-f]*:[0-9a-f:]*, list set/,
    ],
    [
      "is right for IPv6 and wrong for IPv4",
      ({ lookup, body }, response) =>
        void response.end(
          lookup.address.includes(":") ? body : body.replace("example", "elsewhere"),
        ),
      /asked \S+ as [0-9.]+, list set/,
    ],
    [
      "still has lists of the generation before",
      ({ body }, response) => void response.end(body.replaceAll("edition-2", "edition-1")),
      /got .*edition-1.*, expected .*edition-2/,
    ],
    [
      "leaves one line away, of one answer in a hundred",
      ({ body, number }, response) =>
        void response.end(number % 100 === 0 ? body.replace(/^.*\n/, "") : body),
      /gave \d+ wrong answers/,
    ],
    [
      "fails now and then",
      ({ body, number }, response) => {
        if (number % 50 === 0) response.statusCode = 502;
        response.end(body);
      },
      /got status 502/,
    ],
    [
      "sends clients elsewhere",
      (_asked, response) => {
        response.writeHead(302, { location: "https://elsewhere.example/" }).end();
      },
      /got status 302/,
    ],
    [
      "closes connections instead of answering",
      ({ body, number }, response) => {
        if (number > 20) response.destroy();
        else response.end(body);
      },
      /socket hang up|ECONNRESET[\s\S]*more were not asked: \d+ had no answer/,
    ],
    [
      "answers without end",
      (_asked, response) => {
        const chunk = Buffer.alloc(1 << 20, "x");
        const more = () => {
          while (!response.destroyed && response.write(chunk));
          if (!response.destroyed) response.once("drain", more);
        };
        more();
      },
      /an answer of more than \d+ bytes/,
    ],
  ])("goes back from one that %s", async (_what, answer, expected) => {
    expect(await refusal(await serve(answer))).toMatch(expected);
  });

  it("goes back from one that redirects, and says where to", async () => {
    const url = await serve(truth, (response) => {
      response.writeHead(301, { location: "https://mirrors.example/whoami" }).end();
    });
    expect(await refusal(url)).toContain("sends whoever asks to https://mirrors.example/whoami");
  });

  it("waits for all that share the address: one process more has the old generation", async () => {
    let asked = 0;
    const url = await serve(truth, (response) => {
      asked += 1;
      const id = asked % 4 === 0 ? generation(1).id : current();
      response.end(JSON.stringify({ generation: id, address: "192.0.2.1" }));
    });
    expect(await refusal(url)).toContain(`/whoami gave generation ${generation(1).id}`);
  });

  it("goes back from one whose certificate nobody vouches for", async () => {
    const server = createTlsServer(makeAuthority(["localhost"]).selfSigned, listener(truth));
    servers.push(server as unknown as Server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(await refusal(`https://127.0.0.1:${port}`)).toMatch(/self.signed certificate/);
  });

  it("goes back when it is interrupted, without waiting for answers", async () => {
    const interrupt = new AbortController();
    const hung = await serve(({ body, number }, response) => {
      if (number < 30) response.end(body);
      else interrupt.abort();
    });
    const began = performance.now();
    expect(await refusal(hung, (work) => work(interrupt.signal))).toContain(
      "interrupted before the canary had all of its answers",
    );
    expect(performance.now() - began).toBeLessThan(8000);
  });
});
