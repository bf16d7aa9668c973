import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { formatPrefix } from "../../src/ip/prefix.ts";
import { defaultConfig } from "../../src/model/config.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { checkNetwork, readMirror } from "../../src/model/mirrors.ts";
import { MIRROR_LIMITS, parseYaml } from "../../src/sources/yaml.ts";
import { collect, mirrorText, placeOf, readMirrorText } from "../support/reading.ts";

const read = (lines: string, without = "") => readMirrorText(mirrorText(lines, { without }));
const hints = (lines: string, without = "") =>
  read(lines, without).diagnostics.map((diagnostic) => wordingOf(diagnostic).hint);

test("readMirror: a plain file", () => {
  const { value, codes } = read("email: admin@m.example");
  expect(codes).toEqual([]);
  expect(value).toMatchObject({
    name: "m.example",
    urls: { http: "http://m.example/a/", https: "https://m.example/a/" },
    sponsor: { name: "Example", url: "https://sponsor.example/" },
    email: "admin@m.example",
    updateFrequencySeconds: 3 * 3600,
    location: {},
    asns: [],
    subnets: [],
    reach: "public",
    monopoly: false,
    weight: 1,
  } satisfies Partial<Mirror>);
  for (const key of ["coordinates", "cloud", "carries", "disabled", "only", "never"]) {
    expect(value).not.toHaveProperty(key);
  }
});

test.each([
  ["true", "private"],
  ["True", "private"],
  ["yes", "private"],
  ["ON", "private"],
  ["no", "public"],
  ["False", "public"],
  ["off", "public"],
  ['"true"', "private"],
])("private: %s is %s", (text, reach) => {
  expect(read(`asn: 24940\nprivate: ${text}`)).toMatchObject({ value: { reach }, codes: [] });
});

test.each([
  ["24940", [24940]],
  ["AS24940", [24940]],
  ["as24940", [24940]],
  ["[213230, 24940, AS24940]", [24940, 213230]],
  ['"24940"', [24940]],
])("asn: %s", (text, asns) => {
  expect(read(`asn: ${text}`)).toMatchObject({ value: { asns }, codes: [] });
});

test.each([
  ["0", "reserved-asn"],
  ["65535", "reserved-asn"],
  ["4200000000", "reserved-asn"],
  ["4294967296", "bad-asn"],
  ["-1", "bad-asn"],
  ["1.1", "bad-asn"],
  ["AS", "bad-asn"],
])("asn: %s is %s, and left out", (text, code) => {
  expect(read(`asn: [${text}, 24940]`)).toMatchObject({ value: { asns: [24940] }, codes: [code] });
});

test("subnets: canonical, in address order, each once, silently", () => {
  const { value, codes } = read("subnets: [2620:006A:0000::/44, 9.9.9.9, 8.8.8.0/24, 8.8.8.0/24]");
  expect(codes).toEqual([]);
  expect(value?.subnets.map(formatPrefix)).toEqual(["8.8.8.0/24", "9.9.9.9/32", "2620:6a::/44"]);
});

test.each([
  ["131.225.0.0/16", []],
  ["131.224.0.0/15", ["subnet-too-wide"]],
  ["2620:6a::/32", []],
  ["2620:6b::/31", ["subnet-host-bits", "subnet-too-wide"]],
  ["0.0.0.0/0", ["subnet-too-wide"]],
  ["192.168.0.0/24", ["subnet-reserved"]],
  ["100.64.0.0/16", ["subnet-reserved"]],
  ["fd00::/48", ["subnet-reserved"]],
  ["::ffff:8.8.8.0/120", ["subnet-reserved"]],
  ["8.8.8.1/24", ["subnet-host-bits"]],
  ["8.8.8", ["bad-subnet"]],
])("subnets: %s gives %j", (text, expected) => {
  const { value, codes } = read(`subnets: ["${text}"]`);
  expect(codes).toEqual(expected);
  const kept = expected.every((code) => code === "subnet-host-bits");
  expect(value?.subnets).toHaveLength(kept ? 1 : 0);
});

test.each([
  ["8.8.8.0/255.255.255.0", 'write "8.8.8.0/24"'],
  ["8.8.8.*", 'write "8.8.8.0/24"'],
  ["8.8.*", 'write "8.8.0.0/16"'],
  ["8.8.8.0 / 24", 'write "8.8.8.0/24"'],
  ["8.8.8.0/255.0.255.0", "write it as 192.0.2.0/24 or 2001:db8::/32"],
])("subnets: the remedy for %s is to %s", (text, hint) => {
  expect(hints(`subnets: ["${text}"]`)).toEqual([hint]);
});

describe("subnets behind a URL", () => {
  const url = "https://lists.example/networks?format=text";

  test("are kept as the URL, each once, beside those written out", () => {
    const { value, codes } = read(`private: true\nsubnets: [${url}, 8.8.8.0/24, ${url}]`);
    expect(codes).toEqual([]);
    expect(value?.subnets).toHaveLength(1);
    expect(value?.subnetsFrom).toEqual([expect.objectContaining({ url })]);
  });

  test("are at most eight", () => {
    const urls = Array.from({ length: 9 }, (_, n) => `https://lists.example/${n}`);
    const { value, diagnostics } = read(`subnets: [${urls.join(", ")}]`);
    expect(value?.subnetsFrom).toHaveLength(8);
    expect(diagnostics).toMatchObject([{ args: { reason: "a mirror has at most 8" } }]);
  });

  test.each([
    ["http://lists.example/networks", "it is not https"],
    ["ftp://lists.example/networks", "it is not https"],
    ["https://me:secret@lists.example/", "it holds a user name"],
    ["https://lists.example", "it would be asked for as https://lists.example/"],
    ["https://lists.example/a/../b", "it would be asked for as https://lists.example/b"],
    ["https://\u2460.example/", "it would be asked for as https://1.example/"],
    ["https://127.0.0.1/", "its host is an address for loopback (RFC 1122)"],
    ["https://169.254.169.254/latest", "its host is an address for"],
    ["https://localhost/", "its host is a host name without a domain"],
    ["https://lists.internal/", "its host is a name of a local network"],
    ["https://lists.example/#part", "it holds a fragment"],
    ["https://[::ffff:7f00:1]/", "its host is an address for"],
    [`https://lists.example/${"x".repeat(500)}`, "it is longer than 512 characters"],
  ])("are left out where it is %s", (text, reason) => {
    const { value, diagnostics } = read(`subnets: ["${text}", 8.8.8.0/24]`);
    expect(diagnostics).toMatchObject([
      { code: "subnets-url", args: { reason: expect.stringContaining(reason) } },
    ]);
    expect(value).toMatchObject({ subnets: [{ bits: 24 }] });
    expect(value).not.toHaveProperty("subnetsFrom");
  });
});

describe("whom a mirror is for", () => {
  test("private without a scope is for nobody; whether a URL gives one is asked when it is read", () => {
    expect(read("private: true").codes).toEqual(["private-without-scope"]);
    expect(read("private: true\nsubnets: https://m.example/").codes).toEqual([]);
  });

  test("a disabled mirror is for nobody anyway", () => {
    expect(read("private: true\ndisabled: {reason: moving}").codes).toEqual([]);
  });

  test("monopoly needs private", () => {
    const without = read("asn: 24940\nmonopoly: true");
    expect(without).toMatchObject({ value: { monopoly: false }, codes: ["monopoly-not-private"] });
    const both = read("asn: 24940\nmonopoly: true\nprivate: true");
    expect(both).toMatchObject({ value: { monopoly: true, reach: "private" }, codes: [] });
  });

  test("cloud", () => {
    const { value, codes } = read("asn: 16509\ncloud_type: aws\ncloud_regions: [us-east-1]");
    expect(codes).toEqual([]);
    expect(value).toMatchObject({
      reach: "cloud",
      cloud: { provider: "aws", regions: ["us-east-1"] },
    });
    expect(read("cloud_regions: [all]")).toMatchObject({ value: { reach: "public" } });
  });
});

describe("the extra keys", () => {
  test.each([
    ["[52.5, 13.4]", { latitude: 52.5, longitude: 13.4 }],
    ['"52.5, 13.4"', { latitude: 52.5, longitude: 13.4 }],
    ["{latitude: -52.5, longitude: 180}", { latitude: -52.5, longitude: 180 }],
  ])("coordinates: %s", (text, coordinates) => {
    expect(read(`coordinates: ${text}`)).toMatchObject({ value: { coordinates }, codes: [] });
  });

  test.each([
    "[91, 0]",
    "[0, 181]",
    "[52.5]",
    "[1, 2, 3]",
    "[a, b]",
    "52.5",
    "[1e1, 2]",
    "[[1], 2]",
  ])("coordinates: %s is refused", (text) => {
    const { value, codes } = read(`coordinates: ${text}`);
    expect(value).not.toHaveProperty("coordinates");
    expect(codes).toEqual(["bad-coordinates"]);
  });

  test("swapped coordinates are suggested the other way round", () => {
    expect(hints("coordinates: [139.7, 35.7]")[0]).toContain("[35.7, 139.7]");
  });

  test("disabled: a date lasts until its end; whatever is wrong, the mirror stays out", () => {
    const until = Date.UTC(2027, 0, 1) / 1000;
    const read1 = read("disabled: {reason: disk, until: 2026-12-31}");
    expect(read1).toMatchObject({ value: { disabled: { reason: "disk", until } }, codes: [] });
    const time = read("disabled: {reason: disk, until: 2026-12-31T12:00:00Z}");
    expect(time.value?.disabled?.until).toBe(until - 12 * 3600);
    for (const wrong of ["true", "disk failure", "[a]", "{until: 2026-12-31}"]) {
      const { value, codes } = read(`disabled: ${wrong}`);
      expect(value?.disabled, wrong).toBeDefined();
      expect(codes).toHaveLength(1);
    }
    expect(read("disabled: false").value).not.toHaveProperty("disabled");
  });

  test("only and never are codes, sorted", () => {
    const { value, codes } = read("only: [FR, de]\nnever: Belgium");
    expect(value).toMatchObject({ only: ["DE", "FR"], never: ["BE"] });
    expect(codes).toEqual(["country-by-name"]);
  });

  test.each(["0.01", "100", "2.5"])("weight: %s", (text) => {
    expect(read(`weight: ${text}`)).toMatchObject({ value: { weight: Number(text) }, codes: [] });
  });

  test.each(["0", "-1", "101", "1e1", "many"])("weight: %s is 1 and an error", (text) => {
    expect(read(`weight: ${text}`)).toMatchObject({ value: { weight: 1 }, codes: ["bad-number"] });
  });
});

describe("keys", () => {
  test.each([
    ["adress: {}", "misspelt-key"],
    ["sponser_url: x", "misspelt-key"],
    ["subnet: [8.8.8.0/24]", "misspelt-key"],
    ["Weight: 2", "key-spelling"],
    ["color: red", "unknown-key"],
    ["country: DE", "unknown-key"],
    // The right key is there as well, so that this one was hardly meant for it.
    ["Name: other", "unknown-key"],
  ])("%s is %s", (line, code) => {
    const without = line.startsWith("adress")
      ? "address"
      : line.startsWith("sponser")
        ? "sponsor_url"
        : "";
    expect(read(line, without).codes).toContain(code);
  });

  test("a key in the wrong place says where it belongs", () => {
    expect(hints("geolocation: {country: DE, asn: 24940}")).toEqual([
      '"asn" belongs at the top level, beside geolocation',
    ]);
  });

  test("null is no value", () => {
    const { value, codes } = read("geolocation: {country: DE, city: ~, state_province: null}");
    expect(value?.location).toEqual({ country: "DE" });
    expect(codes).toEqual(["empty-value", "empty-value"]);
  });

  test("Norway stays Norway", () => {
    expect(read("geolocation: {country: NO}")).toMatchObject({
      value: { location: { country: "NO" } },
      codes: [],
    });
  });
});

/** What a mirror's admin may write, the codes that it gets, and what is said to write instead. */
test.each([
  ["sponser_url: https://s.example/", "sponsor_url", ["misspelt-key"], 'write "sponsor_url:"'],
  ["sponsors: x", "", ["unknown-key"], 'remove it: "sponsor", which it may stand for'],
  ["n\u0430me: m.example", "name", ["misspelt-key"], "U+0430 is a letter of another script"],
  [
    '"\\u200bsponsor_url": https://s.example/',
    "sponsor_url",
    ["key-spelling"],
    'write "sponsor_url:"',
  ],
  ["geolocation: {country: D\u0415}", "", ["country-unknown"], "U+0415 is a letter of another"],
  ["only: DE; at", "", ["country-unknown"], 'write a list: "only: [DE, AT]"'],
  ["never: [UK]", "", ["country-alias"], 'write "GB"'],
  [
    "coordinates: {lat: 48.1, lng: 11.6}",
    "",
    ["key-spelling", "key-spelling"],
    'write "latitude:"',
  ],
  ["coordinates: [48,14, 11,57]", "", ["bad-coordinates"], "write [48.14, 11.57]"],
  ["coordinates: 48.14°N 11.57°W", "", ["bad-coordinates"], "write [48.14, -11.57]"],
  ["update_frequency: every 3 hours", "update_frequency", ["bad-duration"], ': 3h"'],
  ["update_frequency: daily", "update_frequency", ["bad-duration"], ': 1d"'],
  ["update_frequency: 180", "update_frequency", ["bad-duration"], 'as well: "180s", "180m"'],
  ["weight: 110%", "", ["bad-number"], '"weight: 100"'],
  ["weight: heavy", "", ["bad-number"], '"weight: 1"'],
  ["asn: AS57, 1853", "", ["bad-asn"], 'write "asn: [57, 1853]"'],
  ["asn: 3.10", "", ["bad-asn"], 'write "asn: 196618"'],
  ["subnets: [8.8.8.0-8.8.11.255]", "", ["bad-subnet"], 'write "8.8.8.0/22"'],
  ['subnets: ["2001:628::%eth0/48"]', "", ["bad-subnet"], 'write "2001:628::/48"'],
  ["subnets: [10.0.0.0/8]", "", ["subnet-reserved"], "public networks"],
  ["address: http://m.example/", "address", ["wrong-shape", "no-urls"], 'as "http: ..."'],
  [
    "address: {http: http://m.example/, https: https://m.example/, city: X}",
    "address",
    ["unknown-key"],
    "under geolocation:",
  ],
  ["sponsor_url: javascript:alert(1)", "sponsor_url", ["bad-url"], "https://sponsor.example/"],
])("%j instead of %j: %j, %s", (line, without, codes, remedy) => {
  expect(read(line, without).codes).toEqual(codes);
  expect(hints(line, without)[0]).toContain(remedy);
});

test("http: and https: the wrong way round are read the right way", () => {
  const { value, codes } = read(
    "address: {http: https://m.example/, https: http://m.example/}",
    "address",
  );
  expect(value?.urls).toEqual({ http: "http://m.example/", https: "https://m.example/" });
  expect(codes).toEqual(["urls-swapped"]);
});

test("problems point at the value, or at the key that is wrong", () => {
  const text = "name: m.example\naddress:\n  http: ftp://m.example/\n  htps: x\nasn: [1, x]\n";
  const places = readMirrorText(text).diagnostics.map((d) => [d.code, placeOf(d)]);
  expect(places).toContainEqual(["url-wrong-scheme", "3:9"]);
  expect(places).toContainEqual(["misspelt-key", "4:3"]);
  expect(places).toContainEqual(["bad-asn", "5:10"]);
  expect(places).toContainEqual(["no-urls", "2:1"]);
});

test("invisible characters are dropped from what people see", () => {
  const { value, codes } = read('sponsor: "A\\u202eB\\u0007\\u200bC"', "sponsor");
  expect(value?.sponsor.name).toBe("ABC");
  expect(codes).toEqual(["control-character"]);
  const persian = read("sponsor: می\u200cخواهم", "sponsor");
  expect(persian).toMatchObject({ value: { sponsor: { name: "می\u200cخواهم" } }, codes: [] });
});

test.each([
  "javascript:alert(1)",
  "https://user@s.example/",
  "ftp://s.example/",
  "localhost",
  "a b",
])("sponsor_url: %s is left out", (url) => {
  const { value, codes } = read(`sponsor_url: "${url}"`, "sponsor_url");
  expect(value?.sponsor).toEqual({ name: "Example" });
  expect(codes).toEqual(["bad-url"]);
});

test.each([
  ["name", true],
  ["address", true],
  ["sponsor", false],
  ["sponsor_url", false],
  ["update_frequency", false],
])("a file without %s: the mirror is left out: %s", (key, leftOut) => {
  const { value, codes } = read("", key);
  expect(value === null).toBe(leftOut);
  expect(codes).toEqual(["missing-key"]);
});

test.each([
  "../x",
  ".x",
  "a/b",
  "A.example",
  "a b",
  "",
  "é.example",
  "http://m.example",
  "a".repeat(254),
])('the name "%s" costs the mirror', (name) => {
  expect(read(`name: "${name}"`, "name").value).toBeNull();
});

test("required_protocols: one of them is enough, none leaves the mirror out", () => {
  const onlyHttp = mirrorText("address: {http: http://m.example/}", { without: "address" });
  const config = { ...defaultConfig, requiredProtocols: ["https"] as const };
  expect(readMirrorText(onlyHttp).value).not.toBeNull();
  expect(readMirrorText(onlyHttp, { config })).toMatchObject({ value: null, codes: ["no-urls"] });
});

test("checkNetwork: of two mirrors with one name the first stays, in order of names", () => {
  const [b, a, again] = ["b.example", "a.example", "b.example"].map((name, index) => {
    const { value } = readMirrorText(mirrorText(`name: ${name}`, { without: "name" }), {
      path: `${index}/${name}.yml`,
    });
    if (!value) throw new Error("no mirror");
    return value;
  }) as [Mirror, Mirror, Mirror];
  const { value, diagnostics } = collect((report) => checkNetwork([b, a, again], report));
  expect(value).toEqual([a, b]);
  expect(diagnostics.map((d) => [d.code, d.file?.path, d.args["firstPath"]])).toEqual([
    ["duplicate-name", "2/b.example.yml", "0/b.example.yml"],
  ]);
});

test("checkNetwork: no file takes a mirror's name from the one that is called after it", () => {
  const [thief, own] = ["0-first.yml", "a.example.yml"].map((path) => {
    const text = mirrorText("name: a.example", { without: "name" });
    const { value } = readMirrorText(text, { path });
    if (!value) throw new Error("no mirror");
    return value;
  }) as [Mirror, Mirror];
  for (const order of [
    [thief, own],
    [own, thief],
  ]) {
    const { value, diagnostics } = collect((report) => checkNetwork(order, report));
    expect(value).toEqual([own]);
    expect(diagnostics.map((d) => [d.code, d.file?.path])).toEqual([
      ["duplicate-name", "0-first.yml"],
    ]);
  }
});

test("checkNetwork: a host belongs to the mirror that is called after it, by any path and module", () => {
  const at = (name: string, address: string) => {
    const text = mirrorText(`name: ${name}\n${address}`, { without: "name" });
    const { value } = readMirrorText(text.replace(/^address: \{http.*$/m, ""), {
      path: `${name}.yml`,
    });
    if (!value) throw new Error("no mirror");
    return value;
  };
  const own = at("m.example", "address: {https: https://m.example/a/}");
  const thieves = [
    at("a.example", "address: {https: https://m.example/a/}"),
    at("b.example", "address: {http: http://b.example/, https: https://m.example:8443/b//}"),
    at(
      "c.example",
      'address: {http: http://c.example/}\naddress_optional: {kitten: {http: "http://m.example/k/"}}',
    ),
  ];
  const shared = [
    at("d.example", "address: {https: https://shared.example/d/}"),
    at("e.example", "address: {https: https://shared.example/e/}"),
    at("f.example", "address: {https: https://e.example/f/}"),
  ];
  const { value, diagnostics } = collect((report) =>
    checkNetwork([...thieves, own, ...shared], report),
  );
  expect(value.map(({ name }) => name)).toEqual([
    "d.example",
    "e.example",
    "f.example",
    "m.example",
  ]);
  expect(diagnostics.map((d) => [d.code, d.file?.path, d.args["firstPath"]])).toEqual(
    thieves.map(({ file }) => ["host-of-another", file.path, "m.example.yml"]),
  );
});

test("readMirror: no file whatever makes it throw, and every problem has a place in the file", () => {
  const key = fc.constantFrom(
    "name",
    "address",
    "http",
    "https",
    "rsync",
    "asn",
    "subnets",
    "geolocation",
    "country",
    "city",
    "private",
    "monopoly",
    "disabled",
    "until",
    "reason",
    "coordinates",
    "weight",
    "only",
    "email",
    "sponsor",
    "sponsor_url",
    "update_frequency",
    "cloud_type",
    "cloud_regions",
    "address_optional",
    "kitten",
    "carries",
    "versions",
    "architectures",
    "isos",
    "Name",
    "x",
  );
  const scalar = fc.oneof(
    fc.constantFrom(
      "m.example",
      "http://m.example/",
      "https://m.example",
      "true",
      "no",
      "3h",
      "AS1",
      "aws",
      "all",
      "8.8.8.0/24",
      "DE",
      "UK",
      "Germany",
      "[",
      "2026-12-31",
      "-1",
      "1e9",
      "\u202e",
      "::",
      "a::b",
      "null",
      "$",
      "%",
      "\ud800",
    ),
    fc.string({ maxLength: 12 }),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      scalar,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(key, tie("value"), { maxKeys: 8 }),
    ),
  }));
  fc.assert(
    fc.property(fc.dictionary(key, value, { maxKeys: 12 }), (data) => {
      const text = JSON.stringify(data, null, 1);
      const { value: document, diagnostics } = collect((report) => {
        const written = parseYaml({ path: "m.yml", text }, report, MIRROR_LIMITS);
        return written && readMirror(written, defaultConfig, report);
      });
      for (const diagnostic of diagnostics) {
        expect(wordingOf(diagnostic).message).not.toMatch(/undefined|NaN|\[object/);
        const end = diagnostic.range?.end ?? 0;
        expect(end).toBeLessThanOrEqual(text.length);
      }
      if (document) expect(document.urls.http ?? document.urls.https).toBeDefined();
    }),
    { numRuns: 300 },
  );
});
