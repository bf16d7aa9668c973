import { describe, expect, test } from "vitest";
import { formatPrefix, parseNetwork } from "../../src/ip/prefix.ts";
import {
  addSubnetLists,
  allowedSubnetUrls,
  type SubnetList,
} from "../../src/model/subnet-lists.ts";
import { collect, mirrorText, readMirrorText } from "../support/reading.ts";

const URL_A = "https://lists.example/a";
const URL_B = "https://lists.example:8443/b?x=1";
const ELSEWHERE = "https://else.example/";

const mirrorOf = (lines: string) => readMirrorText(mirrorText(lines)).value!;
const list = (...networks: string[]): SubnetList => ({
  networks: networks.map((text) => parseNetwork(text)!),
});

function add(lines: string, lists: Readonly<Record<string, SubnetList>>) {
  const { value, diagnostics, codes } = collect((report) =>
    addSubnetLists(
      [mirrorOf(lines)],
      { lists: new Map(Object.entries(lists)), allowedHosts: ["lists.example"] },
      report,
    ),
  );
  return { subnets: value[0]?.subnets.map(formatPrefix), diagnostics, codes };
}

test("allowedSubnetUrls: each once, in order, on the hosts that are allowed, whatever the port", () => {
  const mirrors = [
    mirrorOf(`subnets: [${URL_B}, ${ELSEWHERE}]`),
    mirrorOf(`subnets: [${URL_A}, ${URL_B}]`),
  ];
  expect(allowedSubnetUrls(mirrors, ["lists.example"])).toEqual([URL_A, URL_B]);
  expect(allowedSubnetUrls(mirrors, [])).toEqual([]);
  expect(allowedSubnetUrls(mirrors, ["example"])).toEqual([]);
});

describe("addSubnetLists", () => {
  test("puts the networks of all URLs among those of the file, each once and in order", () => {
    const lists = {
      [URL_A]: list("8.8.8.0/24", "1.1.1.0/24"),
      [URL_B]: list("2a00::/32", "8.8.8.0/24"),
    };
    expect(add(`subnets: [${URL_A}, 4.4.0.0/16, ${URL_B}]`, lists)).toMatchObject({
      subnets: ["1.1.1.0/24", "4.4.0.0/16", "8.8.8.0/24", "2a00::/32"],
      codes: [],
    });
  });

  test.each([
    ["0.0.0.0/0", "it is wider than /16"],
    ["8.0.0.0/15", "it is wider than /16"],
    ["::/0", "it is wider than /32"],
    ["2a00::/31", "it is wider than /32"],
    ["10.0.0.0/16", "it overlaps private use, RFC 1918 (10.0.0.0/8)"],
    ["127.0.0.1/32", "it overlaps loopback, RFC 1122 (127.0.0.0/8)"],
    ["169.254.169.254/32", "it overlaps"],
    ["2001:db8::/32", "it overlaps documentation, RFC 3849 (2001:db8::/32)"],
    ["fe80::/64", "it overlaps link-local, RFC 4291 (fe80::/10)"],
  ])("takes %s no more from a URL than from a file", (network, reason) => {
    const { subnets, diagnostics } = add(`subnets: ${URL_A}`, {
      [URL_A]: list(network, "8.8.8.0/24"),
    });
    expect(subnets).toEqual(["8.8.8.0/24"]);
    expect(diagnostics).toMatchObject([
      {
        code: "subnets-entries",
        args: { count: 1, network, reason: expect.stringContaining(reason) },
      },
    ]);
    expect(readMirrorText(mirrorText(`subnets: [${network}]`)).value?.subnets).toEqual([]);
  });

  test("takes 4000 networks and no more, those of the file counted", () => {
    const many = Array.from({ length: 4000 }, (_, n) => `20.${n >> 8}.${n & 255}.0/24`);
    const { subnets, codes } = add(`subnets: [8.8.8.0/24, ${URL_A}]`, { [URL_A]: list(...many) });
    expect(subnets).toHaveLength(4000);
    expect(codes).toEqual(["too-many-subnets"]);
    expect(add(`subnets: ${URL_A}`, { [URL_A]: list(...many) }).codes).toEqual([]);
  });

  test("says which host is not allowed, what was not fetched, and what cannot be used", () => {
    const { subnets, diagnostics } = add(
      `subnets: [${ELSEWHERE}, ${URL_A}, ${URL_B}, 8.8.8.0/24]`,
      {
        [ELSEWHERE]: list("9.9.9.0/24"),
        [URL_B]: { unusable: "line 3 is no network" },
      },
    );
    expect(subnets).toEqual(["8.8.8.0/24"]);
    expect(diagnostics).toMatchObject([
      { code: "subnets-host", args: { host: "else.example" } },
      { code: "subnets-not-fetched" },
      { code: "subnets-list", args: { reason: "line 3 is no network" } },
    ]);
  });

  test("a private mirror that gets none from its URL is for nobody, and is told so", () => {
    const { codes } = add(`private: true\nsubnets: ${URL_A}`, {});
    expect(codes).toEqual(["subnets-not-fetched", "private-without-scope"]);
    expect(add(`private: true\nsubnets: ${URL_A}`, { [URL_A]: list("8.8.8.0/24") }).codes).toEqual(
      [],
    );
    expect(add(`private: true\nasn: 64\nsubnets: ${URL_A}`, {}).codes).toEqual([
      "subnets-not-fetched",
    ]);
  });

  test("of a disabled mirror nothing has to be mended", () => {
    expect(add(`disabled: {reason: moving}\nsubnets: ${ELSEWHERE}`, {}).codes).toEqual([]);
  });
});
