import { afterEach, describe, expect, it } from "vitest";
import { type GreetingOptions, readGreeting } from "../../src/net/tcp.ts";
import {
  eventually,
  failureOf,
  namesOf,
  only,
  startServer,
  type Talk,
  type TestServer,
} from "./servers.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(talk: Talk, address = "127.0.0.1"): Promise<TestServer> {
  const server = await startServer(talk, { address, first: true });
  cleanups.push(() => server.close());
  return server;
}

function options(more: Partial<GreetingOptions> = {}): GreetingOptions {
  return {
    policy: only("127.0.0.1", "::1"),
    resolver: namesOf({
      "rsync.test": [["127.0.0.1"], []],
      "bad.test": [["127.0.0.1", "127.0.0.2"], []],
    }),
    now: Date.now,
    maxBytes: 64,
    seconds: 2,
    ...more,
  };
}

const greet = async (port: number, more?: Partial<GreetingOptions>, host = "rsync.test") =>
  Buffer.from(await readGreeting(host, port, options(more))).toString("latin1");
const failureAt = async (port: number, more?: Partial<GreetingOptions>, host = "rsync.test") =>
  (await failureOf(readGreeting(host, port, options(more)))).failure;

describe("readGreeting", () => {
  it("gives the first line, however it is cut up, says nothing, and closes", async () => {
    const server = await serve((socket) => {
      const parts = ["@RSY", "NCD: 31.0", "\r", "\nmore\n"];
      for (const [index, part] of parts.entries()) setTimeout(() => socket.write(part), 10 * index);
    });
    expect(await greet(server.port)).toBe("@RSYNCD: 31.0");
    expect(await eventually(() => server.open() === 0)).toBe(true);
    expect(server.received).toEqual([""]);
  });

  it("takes a line of exactly maxBytes, and is too-large for a longer one", async () => {
    const line = "x".repeat(64);
    expect(await greet((await serve((socket) => void socket.write(`${line}\n`))).port)).toBe(line);
    const longer = await serve((socket) => void socket.write(`${line}x\n`));
    expect(await failureAt(longer.port)).toBe("too-large");
    const endless = await serve((socket) => {
      const more = setInterval(() => socket.write("xxxxxxxx"), 1);
      socket.on("close", () => clearInterval(more));
    });
    expect(await failureAt(endless.port)).toBe("too-large");
  });

  it("says how the connection failed", async () => {
    const closing = await serve((socket) => void socket.end("@RSYNC"));
    expect(await failureAt(closing.port)).toBe("protocol");
    const resetting = await serve((socket) => void setTimeout(() => socket.resetAndDestroy(), 20));
    expect(await failureAt(resetting.port)).toBe("reset");
    const silent = await serve(() => {});
    expect(await failureAt(silent.port, { seconds: 0.2 })).toBe("timeout");
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    expect(await failureAt(silent.port, { signal: controller.signal })).toBe("cancelled");
    expect(await eventually(() => silent.open() === 0)).toBe(true);
    await silent.close();
    cleanups.pop();
    expect(await failureAt(silent.port)).toBe("refused");
  });

  it.each([22, 25, 80, 443, 872, 1023, 0, 65_536])(
    "does not knock at port %d, where no rsync daemon is",
    async (port) => {
      const knocked: string[] = [];
      const resolver = {
        resolve: async (host: string) => {
          knocked.push(host);
          return [];
        },
      };
      expect(await failureAt(port, { resolver })).toBe("protocol");
      expect(knocked).toEqual([]);
    },
  );

  it("connects to checked addresses alone", async () => {
    const server = await serve((socket) => void socket.write("hello\n"));
    for (const host of ["bad.test", "127.0.0.2", "::ffff:127.0.0.1"]) {
      expect(await failureAt(server.port, {}, host), host).toBe("refused-address");
    }
    for (const host of ["127.1", "[::1]", "Rsync.test", "rsync.test.", "a b", "0x7f.1"]) {
      expect(await failureAt(server.port, {}, host), host).toBe("protocol");
    }
    expect(await failureAt(server.port, { family: 6 })).toBe("no-address");
    expect(server.connections()).toBe(0);
    expect(await greet(server.port, {}, "127.0.0.1")).toBe("hello");
    const six = await serve((socket) => void socket.write("six\n"), "::1");
    expect(await greet(six.port, {}, "::1")).toBe("six");
  });
});
