/** What tells clients of themselves, lists of images, and the pages. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startPreview } from "../../src/cli/preview.ts";
import { sha256Hex } from "../../src/emit/artifact.ts";
import { listLine } from "../../src/emit/lists.ts";
import { nodeFileSystem } from "../../src/publish/file-system.ts";
import { currentId } from "../../src/publish/generations.ts";
import type { RunningNginx } from "../../src/publish/nginx.ts";
import { ask } from "./ask.ts";
import { hasNginx, publish, publishAndStart } from "./mounted-nginx.ts";
import { textOf } from "./small-generation.ts";
import { EVERYWHERE, NETWORKS, urlsIn } from "./small-network.ts";

const listOf = (mirrors: readonly (typeof EVERYWHERE)[number][]) =>
  sha256Hex(urlsIn("all", mirrors).map(listLine).join("")).slice(0, 12);

describe.skipIf(!hasNginx())("nginx", () => {
  const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
  let nginx: RunningNginx;
  beforeAll(async () => {
    nginx = await publishAndStart({ root, trustedProxies: ["127.0.0.0/8"] });
  });
  afterAll(async () => {
    await nginx?.stop();
    rmSync(root, { recursive: true });
  });
  const from = (address: string, path: string) =>
    ask(nginx.port, { path, headers: { "X-Forwarded-For": address } });

  it.each([
    ["192.0.2.7", "192.0.2.7/16", "DE", 64_500, NETWORKS["192.0.2.0/24"]],
    ["198.51.100.9", null, "FR", null, NETWORKS["198.51.100.0/25"]],
    ["203.0.113.1", null, null, null, NETWORKS["203.0.113.0/24"]],
    ["2001:db8::7", "2001:db8::7/32", "JP", 4_200_000_000, NETWORKS["2001:db8::/32"]],
    ["2001:db9::", null, null, null, { mirrors: EVERYWHERE }],
  ])("tells %s who it is", async (address, network, country, asn, clients) => {
    const list = listOf(clients?.mirrors ?? []);
    const generation = currentId(root, nodeFileSystem);
    for (const path of ["/whoami", "/debug/json/ip_info", "/whoami/?ip=8.8.8.8"]) {
      const { status, body, headers } = await from(address, path);
      expect(status).toBe(200);
      expect(headers.get("content-type")).toBe("application/json");
      expect(headers.get("cache-control")).toBe("private, no-store");
      expect(JSON.parse(body)).toEqual({ address, network, country, asn, list, generation });
    }
    for (const path of ["/nearest", "/debug/json/nearest_mirrors"]) {
      const { body, headers } = await from(address, path);
      expect(body).toBe(textOf(`near/${list}.${(country ?? "none").toLowerCase()}.json`));
      expect(headers.get("content-type")).toBe("application/json");
      expect(headers.get("cache-control")).toBe("private, no-store");
    }
  });

  it.each([
    ["192.0.2.7", "/isolist/8/x86_64", ["http://north.example/almalinux/8.10/isos/x86_64"]],
    ["8.8.8.8", "/isolist/8.3/aarch64/", ["http://vault.example/8.3/isos/aarch64"]],
    [
      "8.8.8.8",
      "/isolist/9.1/s390x?protocol=https&country=de",
      ["north", "east"].map((name) => `https://${name}.example/almalinux/9.8/isos/s390x`),
    ],
    ["8.8.8.8", "/isolist/10-kitten/X86_64", ["https://east.example/kitten/10-kitten/isos/x86_64"]],
  ])("gives %s for %s an array of folders", async (address, path, expected) => {
    const { body, headers } = await from(address, path);
    expect(JSON.parse(body)).toEqual(expected);
    expect(headers.get("content-type")).toBe("application/json");
  });

  it.each([
    ["/", "site/index.html"],
    ["/kitten", "site/kitten.html"],
    ["/kitten/", "site/kitten.html"],
    ["/isos", "site/isos.html"],
    ["/isos/", "site/isos.html"],
    ["/isos.html", "site/isos.html"],
    ["/isos/x86_64/8", "site/isos/x86_64/8.10.html"],
    ["/isos/x86_64/8.10.html", "site/isos/x86_64/8.10.html"],
    ["/isos/aarch64/9.44.html", "site/isos/aarch64/9.8.html"],
    ["/isos/aarch64/9/", "site/isos/aarch64/9.8.html"],
    ["/kitten/isos", "site/kitten/isos.html"],
    ["/kitten/isos.html", "site/kitten/isos.html"],
    ["/kitten/isos/x86_64/10-kitten", "site/kitten/isos/x86_64/10-kitten.html"],
  ])("shows at %s the page %s, which loads only what is ours", async (path, file) => {
    const { status, body, headers } = await from("192.0.2.7", path);
    expect([status, body]).toEqual([200, textOf(file)]);
    expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'self';/,
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("public, max-age=300");
  });

  it.each([
    ["/site/style.css?0123", "site/style.css", "text/css; charset=utf-8"],
    ["/site/nearest.js", "site/nearest.js", "text/javascript; charset=utf-8"],
    ["/mirrors.json", "site/mirrors.json", "application/json"],
    ["/debug/json/all_mirrors", "site/mirrors.json", "application/json"],
  ])("gives for %s the file %s as %s", async (path, file, type) => {
    const { body, headers } = await from("192.0.2.7", path);
    expect([body, headers.get("content-type")]).toEqual([textOf(file), type]);
    expect(headers.get("cache-control")).toBe("public, max-age=300");
  });

  it("has another validator for a site of equal size and age after a switch", async () => {
    const before = await from("192.0.2.7", "/mirrors.json");
    publish({ root, edition: "almalinuy", trustedProxies: ["127.0.0.0/8"] });
    nginx.reload();
    const now = async () => (await from("192.0.2.7", "/mirrors.json")).headers.get("etag");
    await expect.poll(now).not.toBe(before.headers.get("etag"));
  });

  it("logs nothing worse than a notice", () => {
    expect(nginx.errorLog()).not.toMatch(/\[(?:warn|error|crit|alert|emerg)\]/);
  });
});

describe.skipIf(!hasNginx())("nginx without ASN data, in a preview", () => {
  it("knows nothing of networks, and takes no text for an address", async () => {
    const root = mkdtempSync(join(tmpdir(), "mirrorpress-serve-"));
    publish({ root, withoutNetworks: true });
    const { nginx } = await startPreview(root);
    const whoami = async (ip: string) =>
      JSON.parse((await ask(nginx.port, { path: `/whoami?ip=${ip}` })).body);
    try {
      const known = { address: "192.0.2.7", country: "DE", network: null, asn: null };
      expect(await whoami("192.0.2.7")).toMatchObject(known);
      const unknown = { address: null, country: null, list: listOf(EVERYWHERE) };
      for (const ip of ["%22", '","x":"', "192.0.2.7%0a", "$remote_addr", "x".repeat(99)]) {
        expect(await whoami(ip)).toMatchObject(unknown);
      }
      expect(await whoami("1:2:3")).toMatchObject({ address: "1:2:3", country: null });
    } finally {
      await nginx.stop();
      rmSync(root, { recursive: true });
    }
  });
});
