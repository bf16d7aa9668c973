import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { FetchError } from "../../src/fetch/failure.ts";
import { fetchPackage } from "../../src/fetch/packages.ts";
import { type FakeRegistry, startRegistry, type TestTools, tarGz, testTools } from "./services.ts";

const NAME = "@ip-location-db/asn";
const VERSION = "2.3.2026061719";

let registry: FakeRegistry;
let tools: TestTools;
let tarball: Buffer;

beforeAll(async () => {
  registry = await startRegistry();
  tarball = await tarGz({
    "package/package.json": "{}",
    "package/asn-ipv6.csv": "six",
    "package/asn-ipv4.csv": "four",
    "package/asn-ipv4-num.csv": "numbers",
    "package/more/inner.csv": "deeper",
    "package/UPPER.csv": "no file name of ours",
  });
});
afterAll(() => registry.close());
beforeEach(() => {
  tools = testTools();
  registry.asked.length = 0;
});
afterEach(() => tools.close());

const bring = (more: Partial<Parameters<typeof fetchPackage>[1]> = {}) =>
  fetchPackage(tools, { name: NAME, registry: registry.base, ...more });

async function reasonOf(more: Partial<Parameters<typeof fetchPackage>[1]> = {}): Promise<string> {
  const outcome = await bring(more).catch((error: unknown) => error);
  if (outcome instanceof FetchError) return outcome.message;
  throw new Error("no FetchError", { cause: outcome });
}

describe("fetchPackage", () => {
  test("brings the tables of the latest release, with version and licence", async () => {
    registry.packages.set(NAME, [
      { version: "2.2.0", tarball: Buffer.alloc(0) },
      { version: VERSION, tarball, licence: "CC-BY-4.0" },
    ]);
    const brought = await bring();
    expect(brought?.content.map(({ name }) => name)).toEqual(["asn-ipv4.csv", "asn-ipv6.csv"]);
    expect(Buffer.from(brought?.content[0]?.bytes ?? []).toString()).toBe("four");
    expect(brought).toMatchObject({ version: VERSION, licence: "CC-BY-4.0" });
    expect(brought?.url).toBe(`${registry.base}/${NAME}/-/asn-${VERSION}.tgz`);
    expect(registry.asked[0]).toBe("GET /@ip-location-db%2Fasn");
  });

  test("brings the databases alone where there are any", async () => {
    const both = await tarGz({ "package/b.mmdb": "1", "package/a.mmdb": "2", "package/c.csv": "" });
    registry.packages.set(NAME, [{ version: VERSION, tarball: both }]);
    expect((await bring())?.content.map(({ name }) => name)).toEqual(["a.mmdb", "b.mmdb"]);
  });

  test("downloads nothing of a release that is here", async () => {
    registry.packages.set(NAME, [{ version: VERSION, tarball }]);
    expect(await bring({ knownVersion: VERSION })).toBeNull();
    expect(registry.asked).toHaveLength(1);
  });

  test("brings the version that is asked for", async () => {
    const old = await tarGz({ "package/old.csv": "old" });
    registry.packages.set(NAME, [
      { version: "1.0.0", tarball: old },
      { version: VERSION, tarball },
    ]);
    expect((await bring({ version: "1.0.0" }))?.content[0]?.name).toBe("old.csv");
    expect(await reasonOf({ version: "1.0.1" })).toBe(
      `the registry has no version 1.0.1 of ${NAME}`,
    );
  });

  test("refuses what the registry gives no sha512 digest of", async () => {
    const sha1 = "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=";
    for (const integrity of [null, "", sha1, "sha512-short=="]) {
      registry.packages.set(NAME, [{ version: VERSION, tarball, integrity }]);
      expect(await reasonOf()).toMatch(/gives no sha512 digest/);
    }
    expect(registry.asked.some((line) => line.includes("/-/"))).toBe(false);
  });

  test("refuses what is not of the digest, and takes it by any of several", async () => {
    const other = `sha512-${"A".repeat(86)}==`;
    registry.packages.set(NAME, [{ version: VERSION, tarball, integrity: other }]);
    expect(await reasonOf()).toMatch(/not the one that the registry describes/);
    const { createHash } = await import("node:crypto");
    const right = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
    registry.packages.set(NAME, [{ version: VERSION, tarball, integrity: `${other} ${right}` }]);
    expect(await bring()).not.toBeNull();
  });

  test.each([
    "https://elsewhere.test/asn.tgz",
    "http://registry.test.evil.test/asn.tgz",
    "http://169.254.169.254/asn.tgz",
  ])("never asks for an archive elsewhere, such as %s", async (tarballUrl) => {
    registry.packages.set(NAME, [{ version: VERSION, tarball, tarballUrl }]);
    expect(await reasonOf()).toMatch(/on another host/);
  });

  test("has words for a package, and a registry, that are not there", async () => {
    expect(await reasonOf({ name: "@no/such" })).toBe("the registry has no package @no/such");
    registry.packages.set(NAME, []);
    expect(await reasonOf()).toMatch(/names no latest version/);
    expect(await reasonOf({ registry: "http://gone.example" })).toMatch(/^gone\.example has no/);
  });

  test("refuses a package without databases, and a bomb", async () => {
    registry.packages.set(NAME, [
      { version: VERSION, tarball: await tarGz({ "package/package.json": "{}" }) },
    ]);
    expect(await reasonOf()).toMatch(/neither \.mmdb nor \.csv/);
    const bomb = await tarGz({ "package/a.csv": new Uint8Array(32 * 1024 * 1024) });
    registry.packages.set(NAME, [{ version: VERSION, tarball: bomb }]);
    expect(await reasonOf()).toMatch(/inflates to more than/);
  });
});
