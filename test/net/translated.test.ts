import { describe, expect, it } from "vitest";
import { ResolveError, type Resolver } from "../../src/net/resolver.ts";
import { withoutTranslated } from "../../src/net/translated.ts";
import { seededRandom } from "../support/random.ts";
import { answer, ask, failure, failureOf, openTestSession, startServer } from "./servers.ts";

const never = new AbortController().signal;

/** RFC 6052, 2.2, by hand: the address of a prefix of so many bits with the bytes of an IPv4 one. */
function embed(prefix: readonly number[], bits: number, ipv4: readonly number[]): string {
  const bytes = new Array<number>(16).fill(0);
  prefix.slice(0, bits / 8).forEach((byte, at) => {
    bytes[at] = byte;
  });
  let at = bits / 8;
  for (const byte of ipv4) {
    if (at === 8) at += 1;
    bytes[at] = byte;
    at += 1;
  }
  return Array.from({ length: 8 }, (_, n) =>
    (((bytes[2 * n] ?? 0) << 8) | (bytes[2 * n + 1] ?? 0)).toString(16),
  ).join(":");
}

const LENGTHS = [32, 40, 48, 56, 64, 96];
const OWN = "2600:1234::1";

function resolverOf(
  names: Readonly<Record<string, readonly string[] | "missing" | "unanswered">>,
): Resolver & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async resolve(host, family) {
      asked.push(`${host} ${family}`);
      const found = names[host] ?? [];
      if (typeof found === "string") throw new ResolveError(found, host);
      return found;
    },
  };
}

describe("withoutTranslated", () => {
  it.each(LENGTHS)(
    "leaves out what a network made up behind its own prefix of %d bits",
    async (bits) => {
      const random = seededRandom(bits);
      for (let round = 0; round < 200; round++) {
        const prefix = [0x26, ...Array.from({ length: 15 }, () => Math.floor(random() * 256))];
        // Of a /96 the byte that other layouts skip is a part of the prefix, and zero.
        prefix[8] = 0;
        const ipv4 = Array.from({ length: 4 }, () => Math.floor(random() * 256));
        const resolver = withoutTranslated(
          resolverOf({
            "ipv4only.arpa": [170, 171].map((last) => embed(prefix, bits, [192, 0, 0, last])),
            "m.test": [embed(prefix, bits, ipv4), OWN],
          }),
        );
        expect(await resolver.resolve("m.test", 6, never), `${prefix}`).toEqual([OWN]);
      }
    },
  );

  it("leaves every address alone where nothing is made up, and asks once", async () => {
    for (const without of ["missing", []] as const) {
      const plain = resolverOf({ "ipv4only.arpa": without, "m.test": [OWN, "64:ff9b::a00:1"] });
      const resolver = withoutTranslated(plain);
      for (let count = 0; count < 3; count++) {
        expect(await resolver.resolve("m.test", 6, never)).toHaveLength(2);
      }
      expect(plain.asked.filter((line) => line === "ipv4only.arpa 6")).toHaveLength(1);
    }
  });

  it("has no session connect to such an address that a URL or a redirect holds", async () => {
    const server = await startServer(
      (socket, request) =>
        void socket.write(
          request.includes(" /to-translated ")
            ? answer("", [`Location: http://[2600:64::a00:1]:${server.port}/`], "302 Found")
            : answer("plain"),
        ),
    );
    const resolver = withoutTranslated({
      async resolve(host, family) {
        if (host === "ipv4only.arpa") return ["2600:64::c000:aa", "2600:64::c000:ab"];
        return family === 4 ? ["127.0.0.1"] : [];
      },
    });
    const session = openTestSession({ resolver, policy: () => null });
    const of = { family: 6, seconds: 2 } as const;
    const url = `http://[2600:64::a00:1]:${server.port}/`;
    const error = await failureOf(ask(session, { url, ...of }));
    expect([error.failure, error.message]).toEqual([
      "refused-address",
      "2600:64::a00:1: our network translates it to IPv4",
    ]);
    const redirecting = `http://mirror.test:${server.port}/to-translated`;
    expect(await failure(session, { url: redirecting, seconds: 2 })).toBe("redirect");
    session.close();
    await server.close();
  });

  it("asks for nothing else where IPv4 is asked for, or there is no IPv6 address", async () => {
    const plain = resolverOf({ "m.test": ["192.0.2.1"], "ipv4only.arpa": "unanswered" });
    const resolver = withoutTranslated(plain);
    expect(await resolver.resolve("m.test", 4, never)).toEqual(["192.0.2.1"]);
    expect(await resolver.resolve("none.test", 6, never)).toEqual([]);
    expect(plain.asked).toEqual(["m.test 4", "none.test 6"]);
  });

  it("is unanswered where that cannot be told, and tells when it can again", async () => {
    const names: Record<string, readonly string[] | "unanswered"> = { "m.test": [OWN] };
    names["ipv4only.arpa"] = "unanswered";
    const resolver = withoutTranslated(resolverOf(names));
    await expect(resolver.resolve("m.test", 6, never)).rejects.toThrow(ResolveError);
    names["ipv4only.arpa"] = [];
    expect(await resolver.resolve("m.test", 6, never)).toEqual([OWN]);
  });

  it("does not let one that gave up speak for others", async () => {
    let calls = 0;
    const resolver = withoutTranslated({
      async resolve(host, _family, signal) {
        if (host !== "ipv4only.arpa") return [OWN];
        calls += 1;
        if (calls > 1) return [];
        return new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(new ResolveError("unanswered", "aborted")));
        });
      },
    });
    const hasty = new AbortController();
    const first = resolver.resolve("a.test", 6, hasty.signal);
    await new Promise((done) => setTimeout(done, 10));
    const second = resolver.resolve("b.test", 6, never);
    hasty.abort();
    await expect(first).rejects.toThrow("aborted");
    expect(await second).toEqual([OWN]);
  });
});
