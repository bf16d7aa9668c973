/** Name servers that lie, loop and never end: what comes of them is addresses of the name, or nothing. */
import dgram from "node:dgram";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { publicAddresses } from "../../src/net/address-policy.ts";
import { openResolver, ResolveError } from "../../src/net/resolver.ts";
import { seededRandom } from "../support/random.ts";
import { failure, openTestSession } from "./servers.ts";

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanups.splice(0)) clean();
});

/** A message of DNS, RFC 1035, 4.1, as an answer to the question. */
interface Said {
  /** 16 bits of flags; 0x8180 is a plain answer, 0x8380 one that was cut off. */
  readonly flags?: number;
  readonly id?: number;
  readonly records?: readonly Buffer[];
  /** In place of all of it. */
  readonly raw?: Buffer;
}

function message(question: Buffer, { flags = 0x8180, id, records = [], raw }: Said): Buffer {
  if (raw) return raw;
  const header = Buffer.from(question.subarray(0, 12));
  if (id !== undefined) header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt32BE(0, 8);
  return Buffer.concat([header, question.subarray(12, endOfQuestion(question)), ...records]);
}

function endOfQuestion(question: Buffer): number {
  let at = 12;
  while (question[at] !== 0) at += (question[at] as number) + 1;
  return at + 5;
}

function nameBytes(name: string): Buffer {
  const parts = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([...parts, Buffer.from([0])]);
}

const ASKED = Buffer.from([0xc0, 12]);

function record(owner: Buffer, type: number, data: Buffer): Buffer {
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(type, 0);
  fixed.writeUInt16BE(1, 2);
  fixed.writeUInt32BE(60, 4);
  fixed.writeUInt16BE(data.length, 8);
  return Buffer.concat([owner, fixed, data]);
}

const a = (owner: Buffer, ...address: number[]) => record(owner, 1, Buffer.from(address));
const cname = (owner: Buffer, target: string) => record(owner, 5, nameBytes(target));

interface Servers {
  readonly text: string;
  readonly tcpConnections: () => number;
}

/** By UDP as often as is said, and by TCP on the same port. */
async function startNames(
  byUdp: (question: Buffer) => readonly Said[],
  byTcp: (question: Buffer) => Said | "silent" = () => "silent",
): Promise<Servers> {
  let connections = 0;
  const sockets = new Set<net.Socket>();
  const tcp = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => {
      const said = byTcp(chunk.subarray(2));
      if (said === "silent") return;
      const body = message(chunk.subarray(2), said);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(body.length, 0);
      socket.write(Buffer.concat([length, body]));
    });
  });
  const udp = await listenOnOnePort(tcp);
  udp.on("message", (question, from) => {
    for (const said of byUdp(question)) udp.send(message(question, said), from.port, from.address);
  });
  cleanups.push(() => {
    udp.close();
    for (const socket of sockets) socket.destroy();
    tcp.close();
  });
  return {
    text: `127.0.0.1:${(tcp.address() as AddressInfo).port}`,
    tcpConnections: () => connections,
  };
}

/** A port that is free for TCP may be somebody's for UDP: then another one. */
async function listenOnOnePort(tcp: net.Server): Promise<dgram.Socket> {
  for (;;) {
    tcp.listen(0, "127.0.0.1");
    await once(tcp, "listening");
    const udp = dgram.createSocket("udp4");
    udp.bind((tcp.address() as AddressInfo).port, "127.0.0.1");
    try {
      await once(udp, "listening");
      return udp;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
      tcp.close();
      await once(tcp, "close");
    }
  }
}

const never = new AbortController().signal;

/** The addresses, or why there are none. */
async function found({ text }: Servers): Promise<readonly string[] | string> {
  const resolver = openResolver([text], { firstTryMs: 150, rounds: 2, allMs: 1000 });
  try {
    return await resolver.resolve("mirror.test", 4, never);
  } catch (error) {
    if (error instanceof ResolveError) return error.kind;
    throw error;
  }
}

describe("openResolver", () => {
  it("ends where aliases lead in a circle, and does not go round it", async () => {
    const circle = [cname(ASKED, "other.test"), cname(nameBytes("other.test"), "mirror.test")];
    let asked = 0;
    const names = await startNames(() => {
      asked += 1;
      return [{ records: circle }];
    });
    expect([[], "unanswered"]).toContainEqual(await found(names));
    expect(asked).toBeLessThanOrEqual(2);
  });

  it("takes no answer with another number than the question's", async () => {
    const names = await startNames((question) => {
      const id = question.readUInt16BE(0);
      const evil = a(ASKED, 127, 0, 0, 66);
      return [
        ...[1, 2, 0x8000].map((other) => ({ id: (id + other) & 0xffff, records: [evil] })),
        { records: [a(ASKED, 192, 0, 2, 7)] },
      ];
    });
    expect(await found(names)).toEqual(["192.0.2.7"]);
  });

  it("takes no answer from another server than the one asked", async () => {
    const stranger = dgram.createSocket("udp4");
    cleanups.push(() => stranger.close());
    stranger.bind(0, "127.0.0.1");
    await once(stranger, "listening");
    const udp = dgram.createSocket("udp4");
    cleanups.push(() => udp.close());
    udp.on("message", (question, { port, address }) => {
      const evil = message(question, { records: [a(ASKED, 127, 0, 0, 66)] });
      stranger.send(evil, port, address, () => {
        setTimeout(() => {
          const own = message(question, { records: [a(ASKED, 192, 0, 2, 7)] });
          udp.send(own, port, address);
        }, 20);
      });
    });
    udp.bind(0, "127.0.0.1");
    await once(udp, "listening");
    const text = `127.0.0.1:${udp.address().port}`;
    expect(await found({ text, tcpConnections: () => 0 })).toEqual(["192.0.2.7"]);
  });

  it("asks by TCP for what UDP cut off, and ends where nothing comes of it", async () => {
    const cutOff = () => [{ flags: 0x8380, records: [a(ASKED, 192, 0, 2, 1)] }];
    const whole = await startNames(cutOff, () => ({ records: [a(ASKED, 192, 0, 2, 9)] }));
    expect(await found(whole)).toEqual(["192.0.2.9"]);
    expect(whole.tcpConnections()).toBe(1);
    const silent = await startNames(cutOff);
    const startedAt = performance.now();
    expect(await found(silent)).toBe("unanswered");
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  it("gives all of a huge answer by TCP, and a session connects to none of it", async () => {
    const records = Array.from({ length: 4000 }, (_, n) => {
      return a(ASKED, 10, 0, n >> 8, n & 0xff);
    });
    const names = await startNames(
      () => [{ flags: 0x8380 }],
      () => ({ records }),
    );
    expect(await found(names)).toHaveLength(4000);
    const resolver = openResolver([names.text], { firstTryMs: 500, rounds: 1, allMs: 1000 });
    const session = openTestSession({ policy: publicAddresses, resolver });
    expect(await failure(session, { url: "http://mirror.test/" })).toBe("refused-address");
    session.close();
  });

  it("is right or silent whatever bytes come, and ends in its time", async () => {
    const random = seededRandom(20_261_122);
    const startedAt = performance.now();
    for (let round = 0; round < 40; round++) {
      const names = await startNames((question) => {
        const sound = message(question, {
          records: [cname(ASKED, "other.test"), a(nameBytes("other.test"), 192, 0, 2, 7)],
        });
        const raw = Buffer.from(sound.subarray(0, Math.floor(random() * (sound.length + 1))));
        const flips = Math.floor(random() * 6);
        // Not of the first two bytes: with another number it would not be looked at.
        for (let flip = 0; flip < flips && raw.length > 2; flip++) {
          raw[2 + Math.floor(random() * (raw.length - 2))] = Math.floor(random() * 256);
        }
        return [{ raw }];
      });
      const given = await found(names);
      const isRight = typeof given === "string" || given.every((text) => net.isIPv4(text));
      expect(isRight, String(given)).toBe(true);
    }
    expect(performance.now() - startedAt).toBeLessThan(60_000);
  }, 70_000);
});
