import dgram from "node:dgram";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { openResolver, ResolveError, type Resolver } from "../../src/net/resolver.ts";
import { eventually } from "./servers.ts";

const TYPES = { 1: "A", 5: "CNAME", 28: "AAAA" } as const;

/** What a name server says: nothing for ever, a code, or records of the types asked for. */
type Reply =
  | "silent"
  | "garbage"
  | { readonly code: number }
  | readonly [type: number, data: Buffer][];

interface NameServer {
  readonly text: string;
  readonly asked: string[];
}

const servers: dgram.Socket[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

/** A name server on the loopback; RFC 1035, 4.1: header, question, answers. */
async function startNameServer(reply: (name: string, type: string) => Reply): Promise<NameServer> {
  const server = dgram.createSocket("udp4");
  servers.push(server);
  const asked: string[] = [];
  server.on("message", (message, from) => {
    const { name, end } = readName(message, 12);
    const type = TYPES[message.readUInt16BE(end) as keyof typeof TYPES];
    asked.push(`${name} ${type}`);
    const said = reply(name, type);
    if (said === "silent") return;
    const code = typeof said === "object" && "code" in said ? said.code : 0;
    const records = typeof said === "object" && !("code" in said) ? said : [];
    const header = Buffer.from(message.subarray(0, 12));
    header.writeUInt16BE(0x8180 | code, 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    const question = message.subarray(12, end + 4);
    const answers = records.map(([number, data]) => {
      const fixed = Buffer.alloc(10);
      fixed.writeUInt16BE(number, 0);
      fixed.writeUInt16BE(1, 2);
      fixed.writeUInt32BE(60, 4);
      fixed.writeUInt16BE(data.length, 8);
      // Every record is of the name asked for, but after an alias of the alias's target.
      const owner = number !== 5 && records[0]?.[0] === 5 ? records[0][1] : Buffer.from([0xc0, 12]);
      return Buffer.concat([owner, fixed, data]);
    });
    const all =
      said === "garbage"
        ? Buffer.from("\xff\xff\xff")
        : Buffer.concat([header, question, ...answers]);
    server.send(all, from.port, from.address);
  });
  server.bind(0, "127.0.0.1");
  await once(server, "listening");
  return { text: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function readName(message: Buffer, start: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (let length = message[at] as number; length > 0; length = message[at] as number) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

function nameBytes(name: string): Buffer {
  const parts = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function resolverAt(texts: readonly string[]): Resolver {
  return openResolver(texts, { firstTryMs: 250, rounds: 2, allMs: 1500 });
}

const never = new AbortController().signal;

async function kindOf(promise: Promise<unknown>): Promise<string> {
  const outcome = await promise.catch((error: unknown) => error);
  return outcome instanceof ResolveError ? outcome.kind : `no ResolveError: ${String(outcome)}`;
}

describe("openResolver", () => {
  it("gives all addresses of the family, and follows an alias to its own", async () => {
    const { text } = await startNameServer((name, type) => {
      if (type === "AAAA") return [[28, Buffer.from("20010db8000000000000000000000001", "hex")]];
      if (name === "alias.test") {
        return [
          [5, nameBytes("target.test")],
          [1, Buffer.from([10, 0, 0, 1])],
        ];
      }
      return [
        [1, Buffer.from([192, 0, 2, 1])],
        [1, Buffer.from([192, 0, 2, 2])],
      ];
    });
    const resolver = resolverAt([text]);
    const found = [...(await resolver.resolve("a.test", 4, never))].sort();
    expect(found).toEqual(["192.0.2.1", "192.0.2.2"]);
    expect(await resolver.resolve("a.test", 6, never)).toEqual(["2001:db8::1"]);
    expect(await resolver.resolve("alias.test", 4, never)).toEqual(["10.0.0.1"]);
  });

  it("tells a name that does not exist from one without such a record", async () => {
    const { text } = await startNameServer((name) => (name === "no.test" ? { code: 3 } : []));
    const resolver = resolverAt([text]);
    expect(await kindOf(resolver.resolve("no.test", 4, never))).toBe("missing");
    expect(await resolver.resolve("yes.test", 4, never)).toEqual([]);
    expect(await kindOf(resolver.resolve("a..b", 4, never))).toBe("missing");
  });

  it.each([
    ["fails (SERVFAIL)", { code: 2 }],
    ["refuses (REFUSED)", { code: 5 }],
    ["does not know how (NOTIMP)", { code: 4 }],
    ["does not understand (FORMERR)", { code: 1 }],
  ])("is unanswered where the server %s", async (_, reply) => {
    const { text } = await startNameServer(() => reply);
    expect(await kindOf(resolverAt([text]).resolve("a.test", 4, never))).toBe("unanswered");
  });

  it.each(["silent", "garbage"] as const)(
    "is unanswered in time where the server is %s",
    async (reply) => {
      const server = await startNameServer(() => reply);
      const startedAt = performance.now();
      expect(await kindOf(resolverAt([server.text]).resolve("a.test", 4, never))).toBe(
        "unanswered",
      );
      expect(performance.now() - startedAt).toBeLessThan(2500);
      expect(server.asked.length).toBeGreaterThan(1);
    },
  );

  it("is unanswered where nobody listens", async () => {
    const gone = await startNameServer(() => "silent");
    servers.splice(0).forEach((server) => void server.close());
    expect(await kindOf(resolverAt([gone.text]).resolve("a.test", 4, never))).toBe("unanswered");
  });

  it("asks the next server where one fails", async () => {
    const bad = await startNameServer(() => ({ code: 2 }));
    const good = await startNameServer(() => [[1, Buffer.from([192, 0, 2, 7])]]);
    const resolver = resolverAt([bad.text, good.text]);
    expect(await resolver.resolve("a.test", 4, never)).toEqual(["192.0.2.7"]);
  });

  it("asks name servers for what /etc/hosts and search domains would answer", async () => {
    const server = await startNameServer(() => ({ code: 3 }));
    const resolver = resolverAt([server.text]);
    for (const host of ["localhost", "ip6-localhost", "single", "printer.local", "a.internal"]) {
      expect(await kindOf(resolver.resolve(host, 4, never)), host).toBe("missing");
      expect(server.asked.pop()).toBe(`${host} A`);
    }
  });

  it("gives up one look-up and no other when its signal is aborted", async () => {
    const server = await startNameServer((name) =>
      name === "slow.test" ? "silent" : [[1, Buffer.from([192, 0, 2, 7])]],
    );
    const resolver = resolverAt([server.text]);
    const controller = new AbortController();
    const slow = kindOf(resolver.resolve("slow.test", 4, controller.signal));
    expect(await eventually(() => server.asked.length > 0)).toBe(true);
    const other = resolver.resolve("a.test", 4, never);
    controller.abort();
    expect(await slow).toBe("unanswered");
    expect(await other).toEqual(["192.0.2.7"]);
    expect(await kindOf(resolver.resolve("a.test", 4, controller.signal))).toBe("unanswered");
  });
});
