/** Whatever was asked before, in whatever order, by whatever connection: an answer is the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rotationOf } from "../../src/emit/nginx-rotation.ts";
import type { RunningNginx } from "../../src/publish/nginx.ts";
import { seededRandom } from "../support/random.ts";
import { type Asked, expectedAnswer } from "./expected.ts";
import { hasNginx, publishAndStart } from "./mounted-nginx.ts";
import { askAll, type RawRequest } from "./pipeline.ts";

const ADDRESSES = [
  "192.0.2.7",
  "198.51.100.1",
  "198.51.100.200",
  "203.0.113.9",
  "2001:db8::1",
  "2001:db9::1",
  "8.8.8.8",
];

describe.skipIf(!hasNginx()).each([1, 3])("nginx with %i rotations", (rotations) => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
  let nginx: RunningNginx;
  beforeAll(async () => {
    nginx = await publishAndStart({ root, rotations, trustedProxies: ["127.0.0.0/8"] });
  });
  afterAll(async () => {
    await nginx?.stop();
    rmSync(root, { recursive: true });
  });

  it("answers 2,500 shuffled requests of all combinations as the same asked alone", async () => {
    const random = seededRandom(rotations);
    const asked = combinations()
      .map((each) => ({ each, order: random() }))
      .toSorted((a, b) => a.order - b.order)
      .slice(0, 2500)
      .map(({ each }) => each);
    const together = await askAll(
      nginx.port,
      asked.map((each) => requestOf(each, random)),
    );
    const few = asked.slice(0, 500);
    const apart = await askAll(
      nginx.port,
      few.map((each) => ({ ...requestOf(each, random), alone: true })),
    );
    const statuses = new Map<number, number>();
    for (const [number, each] of asked.entries()) {
      const expected = expectedAnswer(each, rotationOf(each.address, rotations));
      for (const answer of [together[number], ...(number < few.length ? [apart[number]] : [])]) {
        const { status, body } = answer ?? {};
        expect([each, status, status === 200 && body]).toEqual([
          each,
          expected.status,
          expected.status === 200 && expected.body,
        ]);
      }
      statuses.set(expected.status, (statuses.get(expected.status) ?? 0) + 1);
    }
    expect([...statuses.keys()].toSorted()).toEqual([200, 400, 404]);
    expect(statuses.get(200)).toBeGreaterThan(400);
  });

  it("gives each client one rotation, and spreads clients evenly over all", async () => {
    const addresses = Array.from(
      { length: 600 },
      (_, n) => `8.8.${n % 250}.${Math.floor(n / 250)}`,
    );
    const asked = addresses.map(
      (address): Asked => ({ kind: "mirrorlist", version: "8", name: "baseos", address }),
    );
    const answers = await askAll(
      nginx.port,
      asked.map((each) => requestOf(each, () => 0)),
    );
    const first = answers.map(({ body }) => /http\w*:\/\/(\w+)/.exec(body)?.[1]);
    for (let rotation = 0; rotation < rotations; rotation++) {
      const share = addresses.filter((address) => rotationOf(address, rotations) === rotation);
      expect(share.length).toBeGreaterThan(600 / rotations / 1.3);
    }
    expect(new Set(first).size).toBe(rotations);
    for (const [number, each] of asked.entries()) {
      const { body } = expectedAnswer(each, rotationOf(each.address, rotations));
      expect(answers[number]?.body).toBe(body);
    }
  });
});

function combinations(): Asked[] {
  const asked: Asked[] = [];
  const things = [
    ...["8", "8.10", "9", "9.8", "8.3", "9.7-beta", "10-kitten", "7"].flatMap((version) =>
      ["baseos", "powertools", "baseos-source", "keys", "rt", "none"].map(
        (name) => ({ kind: "mirrorlist", version, name }) as const,
      ),
    ),
    ...["8", "9.8", "8.3", "10-kitten"].flatMap((version) =>
      ["x86_64", "s390x", "none"].map((name) => ({ kind: "isolist", version, name }) as const),
    ),
  ];
  for (const thing of things) {
    for (const protocol of ["", "http", "https", "ftp"]) {
      for (const country of ["", "DE", "fr", "XX"]) {
        for (const arch of ["", "x86_64", "aarch64", "sparc"]) {
          for (const address of ADDRESSES) {
            asked.push({ ...thing, protocol, country, arch, address });
          }
        }
      }
    }
  }
  return asked;
}

/** The parameters in any order, the empty ones there or not. */
function requestOf(
  { kind, version, name, address, ...parameters }: Asked,
  random: () => number,
): RawRequest {
  const query = Object.entries(parameters)
    .filter(([, value]) => value !== "" || random() < 0.5)
    .map(([key, value]) => ({ text: `${key}=${value}`, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ text }) => text);
  return {
    text: `GET /${kind}/${version}/${name}?${query.join("&")} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\n\r\n`,
  };
}
