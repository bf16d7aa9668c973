/**
 * Nothing that a stranger writes leads to a connection where the policy forbids one. Decoys listen
 * at the forbidden addresses and count who comes.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { publicAddresses } from "../../src/net/address-policy.ts";
import type { NetFailure } from "../../src/net/failure.ts";
import type { Resolver } from "../../src/net/resolver.ts";
import { readGreeting } from "../../src/net/tcp.ts";
import {
  answer,
  ask,
  failure,
  failureOf,
  namesOf,
  only,
  openTestSession,
  startServer,
  type TestServer,
  textOf,
} from "./servers.ts";

/** At 127.0.0.66 and ::1, on one port; the test's own mirror is at 127.0.0.1, on the same. */
let decoys: TestServer[];
let port: number;
let mirror: TestServer;
/** Where the mirror redirects to. */
let location = "";

beforeAll(async () => {
  const greedy = (address: string, on: number) =>
    startServer((socket) => void socket.write(answer("decoy")), { address, port: on });
  const first = await greedy("127.0.0.66", 0);
  port = first.port;
  decoys = [first, await greedy("::1", port), await greedy("127.0.0.67", port)];
  mirror = await startServer(
    (socket) => void socket.write(answer("", [`Location: ${location}`], "302 Found"), "latin1"),
    { port },
  );
});
afterAll(async () => {
  for (const server of [...decoys, mirror]) await server.close();
});

const visits = (): number => decoys.reduce((sum, decoy) => sum + decoy.connections(), 0);

/** What is asked of the test's resolver, other than `mirror.test`. */
const NAMES: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  "mirror.test": [["127.0.0.1"], []],
  "private.test": [["127.0.0.66"], []],
  "private6.test": [[], ["::1"]],
  "mixed.test": [["127.0.0.1", "127.0.0.66"], []],
  "mixed-first.test": [["127.0.0.66", "127.0.0.1"], []],
  "mapped.test": [[], ["::ffff:127.0.0.66"]],
  "mapped-hex.test": [[], ["::ffff:7f00:42"]],
  "nat64.test": [[], ["64:ff9b::7f00:42"]],
  "6to4.test": [[], ["2002:7f00:42::1"]],
  "metadata.test": [["169.254.169.254"], []],
  "zone.test": [[], ["::1%lo"]],
  "short.test": [["127.66"], []],
  "number.test": [["2130706498"], []],
  "octal.test": [["0177.0.0.66"], []],
  "name.test": [["private.test"], []],
  "wrong-family.test": [["::1"], ["127.0.0.66"]],
  "empty-text.test": [[""], []],
  "any.test": [["0.0.0.0"], ["::"]],
  localhost: [["127.0.0.66"], ["::1"]],
  single: [["127.0.0.66"], []],
  "printer.local": [["127.0.0.66"], []],
  "vault.internal": [["127.0.0.66"], []],
};

/** PORT stands for the decoys'. */
const HOSTILE: readonly string[] = [
  ...Object.keys(NAMES)
    .filter((name) => name !== "mirror.test")
    .map((name) => `http://${name}:PORT/`),
  "http://127.0.0.66:PORT/",
  "http://127.0.0.66.:PORT/",
  "http://127.0.66:PORT/",
  "http://127.66:PORT/",
  "http://2130706498:PORT/",
  "http://017700000102:PORT/",
  "http://0x7f000042:PORT/",
  "http://0x7F.0.0.0x42:PORT/",
  "http://0177.0.0.0102:PORT/",
  "http://127.000.000.066:PORT/",
  "http://%31%32%37.0.0.66:PORT/",
  "http://127%2E0%2E0%2E66:PORT/",
  "http://①②⑦.⓪.⓪.⑥⑥:PORT/",
  "http://127。0。0。66:PORT/",
  "http://\uff11\uff12\uff17.0.0.66:PORT/",
  "http://[::1]:PORT/",
  "http://[0:0:0:0:0:0:0:1]:PORT/",
  "http://[::ffff:127.0.0.66]:PORT/",
  "http://[::ffff:7f00:42]:PORT/",
  "http://[::7f00:42]:PORT/",
  "http://[64:ff9b::7f00:42]:PORT/",
  "http://[64:ff9b:1::7f00:42]:PORT/",
  "http://[2002:7f00:42::]:PORT/",
  "http://[2001:0:7f00:42::]:PORT/",
  "http://[2001:0:808:808:0:0:80ff:ffbd]:PORT/",
  "http://[fe80::5efe:7f00:42]:PORT/",
  "http://[::1%25lo]:PORT/",
  "http://[fe80::1%25lo]:PORT/",
  "http://[::]:PORT/",
  "http://0.0.0.0:PORT/",
  "http://0:PORT/",
  "http://169.254.169.254:PORT/latest/meta-data/",
  "http://mirror.test@127.0.0.66:PORT/",
  "http://mirror.test:x@127.0.0.66:PORT/",
  "http://mirror.test\\@127.0.0.66:PORT/",
  "http://127.0.0.66:PORT\\@mirror.test/",
  "http://mirror.test#@127.0.0.66:PORT/",
  "http:127.0.0.66:PORT/",
  "http:/127.0.0.66:PORT/",
  "http:\\\\127.0.0.66:PORT/",
  "http:///127.0.0.66:PORT/",
  "HTTP://127.0.0.66:PORT/",
  " http://127.0.0.66:PORT/",
  "ht\ttp://127.0.0.66:PORT/",
  "http://127.0.\n0.66:PORT/",
  "http://127.0.0.66\u0000:PORT/",
  "http://mirror.test\r\n@127.0.0.66:PORT/",
  "http://\u202e127.0.0.66:PORT/",
  "http://127.0.0.66\u00ad:PORT/",
  "ftp://127.0.0.66:PORT/",
  "gopher://127.0.0.66:PORT/_GET",
  "file:///etc/passwd",
];

/** As references without a scheme, too: for redirects. */
const RELATIVE: readonly string[] = [
  "//127.0.0.66:PORT/",
  "//private.test:PORT/",
  "///127.0.0.66:PORT/",
  "/\\127.0.0.66:PORT/",
  "\\\\127.0.0.66:PORT/",
  "/\t/127.0.0.66:PORT/",
  "//mirror.test@127.0.0.66:PORT/",
  "//2130706498:PORT/",
  "//[::ffff:127.0.0.66]:PORT/",
];

const filled = (text: string): string => text.replaceAll("PORT", String(port));
const ALLOWED = only("127.0.0.1");
const EXPECTED: readonly NetFailure[] = [
  "refused-address",
  "protocol",
  "redirect",
  "no-address",
  "dns-unanswered",
];

describe("request", () => {
  it("is held to a table of many ways", () => {
    expect(HOSTILE.length + RELATIVE.length).toBeGreaterThan(70);
  });

  for (const [policy, name] of [
    [ALLOWED, "the test's policy"],
    [publicAddresses, "publicAddresses"],
  ] as const) {
    it.each(HOSTILE)(`under ${name} does not connect for %j`, async (url) => {
      const session = openTestSession({ policy, resolver: namesOf(NAMES) });
      for (const family of [undefined, 4, 6] as const) {
        const of = family === undefined ? {} : { family };
        expect(EXPECTED).toContain(await failure(session, { url: filled(url), ...of, seconds: 2 }));
      }
      session.close();
      expect(visits()).toBe(0);
    });
  }

  it.each([...HOSTILE, ...RELATIVE])("does not follow a redirect to %j", async (to) => {
    const session = openTestSession({ policy: ALLOWED, resolver: namesOf(NAMES) });
    const before = mirror.connections();
    location = filled(to);
    const given = await failure(session, { url: filled("http://mirror.test:PORT/"), seconds: 2 });
    // The header itself may be what no HTTP allows.
    expect(["redirect", "protocol", "no-address"]).toContain(given);
    session.close();
    expect(mirror.connections()).toBe(before + 1);
    expect(visits()).toBe(0);
  });

  it("connects to nobody under publicAddresses, not even to the test's own mirror", async () => {
    const session = openTestSession({ policy: publicAddresses });
    const before = mirror.connections();
    for (const host of ["mirror.test", "127.0.0.1"]) {
      const error = await failureOf(ask(session, { url: filled(`http://${host}:PORT/`) }));
      expect(error.failure).toBe("refused-address");
      expect(error.message).toContain("127.0.0.1: loopback, RFC 1122 (127.0.0.0/8)");
    }
    session.close();
    expect(mirror.connections()).toBe(before);
  });

  it("stays at the address that was checked when the name moves: rebinding", async () => {
    const honest = await startServer((socket) => void socket.end(answer("honest")));
    let asked = 0;
    const rebinding: Resolver = {
      async resolve() {
        asked += 1;
        return asked === 1 ? ["127.0.0.1"] : ["127.0.0.66"];
      },
    };
    const url = `http://mirror.test:${honest.port}/`;
    const decoy = await startServer(() => {}, { address: "127.0.0.66", port: honest.port });
    let clock = 0;
    const session = openTestSession({ policy: ALLOWED, resolver: rebinding, now: () => clock });
    // Every answer closes its connection: the second request connects anew.
    for (let count = 0; count < 3; count++) {
      expect(textOf(await ask(session, { url }))).toBe("honest");
    }
    expect(asked).toBe(1);
    // Looked up again when it is old, and checked again.
    clock = 3_600_000;
    expect(await failure(session, { url })).toBe("refused-address");
    expect([asked, decoy.connections(), honest.connections()]).toEqual([2, 0, 3]);
    session.close();
    await honest.close();
    await decoy.close();
  });

  it("asks the policy at every request, on a kept connection too", async () => {
    const honest = await startServer((socket) => void socket.write(answer("honest")));
    let open = true;
    const session = openTestSession({ policy: () => (open ? null : "shut") });
    const url = `http://mirror.test:${honest.port}/`;
    await ask(session, { url });
    open = false;
    expect(await failure(session, { url })).toBe("refused-address");
    session.close();
    await honest.close();
  });

  it("knows no proxy of the environment", async () => {
    const honest = await startServer((socket) => void socket.write(answer("honest")));
    const names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "NODE_USE_ENV_PROXY"];
    for (const name of names) process.env[name] = filled("http://127.0.0.66:PORT");
    try {
      const session = openTestSession();
      expect(textOf(await ask(session, { url: `http://mirror.test:${honest.port}/` }))).toBe(
        "honest",
      );
      session.close();
    } finally {
      for (const name of names) delete process.env[name];
    }
    await honest.close();
    expect(visits()).toBe(0);
  });

  it.each(Object.keys(NAMES).filter((name) => name !== "mirror.test"))(
    "readGreeting does not connect to %s",
    async (host) => {
      const options = { policy: ALLOWED, resolver: namesOf(NAMES), now: Date.now };
      const greeting = readGreeting(host, port, { ...options, maxBytes: 10, seconds: 2 });
      expect(EXPECTED).toContain((await failureOf(greeting)).failure);
      expect(visits()).toBe(0);
    },
  );
});
