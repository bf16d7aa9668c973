import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { exampleClients } from "../../src/generate/examples.ts";
import { readInputs } from "../../src/inputs/inputs.ts";
import { BUILT_AT, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

const folder = mkdtempSync(join(tmpdir(), "mirrorpress-examples-"));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function examplesOf(files: Readonly<Record<string, string>> = {}) {
  const configPath = writeSmallNetwork(folder, { files });
  const inputs = readInputs({ configPath, builtAt: BUILT_AT }, (_name, work) => work());
  try {
    return exampleClients(inputs);
  } finally {
    inputs.geoip.close();
  }
}

it("exampleClients has one of each kind, by place first, and says what each is", () => {
  expect(examplesOf()).toEqual([
    { address: "193.0.6.139", why: "Europe: Amsterdam, Netherlands" },
    { address: "128.101.101.101", why: "North America: Minneapolis, United States" },
    { address: "192.41.192.145", why: "Asia: Tokyo, Japan" },
    { address: "18.9.0.1", why: "in the subnet 18.9.0.0/16 of a mirror" },
    { address: "193.170.0.1", why: "in AS1853, which has a mirror" },
    { address: "2001:67c:2e8:22::c100:68b", why: "by IPv6, Europe: Amsterdam, Netherlands" },
    { address: "198.51.100.1", why: "for documentation (RFC 5737): nowhere" },
  ]);
});

it("exampleClients shows by place only who is on-net for nobody", () => {
  const lines = "subnets: [193.0.0.0/21, '2001:67c:2e8::/48']\n";
  const examples = examplesOf({ "mirrors/a.yml": mirrorFile("a.example", lines) });
  expect(examples[0]?.address).toBe("128.101.101.101");
  expect(examples.map(({ address }) => address)).not.toContain("2001:67c:2e8:22::c100:68b");
});

it("exampleClients prefers the subnet of a public mirror, and its IPv4", () => {
  const lines = "private: true\nsubnets: [128.101.0.0/16]\n";
  const files = { "mirrors/a.yml": mirrorFile("a.example", lines) };
  expect(examplesOf(files).map(({ address }) => address)).toContain("18.9.0.1");
});

it("exampleClients leaves a subnet aside where an ASN is to be shown", () => {
  const lines = "subnets: [193.170.0.0/17]\n";
  const files = { "mirrors/z.yml": mirrorFile("z.example", lines) };
  expect(examplesOf(files).find(({ why }) => why.startsWith("in AS"))).toEqual({
    address: "193.171.128.1",
    why: "in AS57, which has a mirror",
  });
});
