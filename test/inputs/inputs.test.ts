import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { type Inputs, readInputs } from "../../src/inputs/inputs.ts";
import { formatPrefix } from "../../src/ip/prefix.ts";
import type { ProbeState } from "../../src/model/probe-state.ts";
import { renderProbeState } from "../../src/model/probe-state-file.ts";
import { feedText } from "../support/cloud-feed.ts";
import { ASKED_AT, stateFailing, stateOf } from "../support/probe-state.ts";
import {
  BUILT_AT,
  MIRROR_NAMES,
  mirrorFile,
  type SmallNetworkOptions,
  writeSmallNetwork,
} from "../support/small-network.ts";

const SETTINGS_WITH_CLOUD = `geoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}
cloud: {aws: data/cloud/gcp.json}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "mirrorpress-inputs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function read(files: SmallNetworkOptions["files"] = {}, builtAt = BUILT_AT): Inputs {
  const configPath = writeSmallNetwork(folder, { files });
  const inputs = readInputs({ configPath, builtAt }, (_name, work) => work());
  inputs.geoip.close();
  return inputs;
}
const names = ({ mirrors }: Inputs) => mirrors.map(({ name }) => name);
const SERVING = MIRROR_NAMES.filter((name) => name !== "under-water.example").sort();

/** The codes of an input that leaves nothing to go on with. */
function refusal(files: SmallNetworkOptions["files"]): readonly string[] {
  try {
    read(files);
  } catch (error) {
    if (error instanceof InputError) return error.diagnostics.map(({ code }) => code);
    throw error;
  }
  return [];
}

describe("readInputs", () => {
  it("has every mirror that takes part, in name order, and the disabled one with its reason", () => {
    const inputs = read();
    expect(names(inputs)).toEqual(SERVING);
    expect(inputs.leftOut).toEqual([
      { name: "under-water.example", reason: "disabled: the flood", by: "disabled" },
    ]);
    expect(inputs.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  it("places mirrors by their coordinates, else by the City database", () => {
    const placed = new Map(read().mirrors.map((mirror) => [mirror.name, mirror.placed]));
    expect(placed.get("amsterdam.example")).toMatchObject({ by: "coordinates" });
    expect(placed.get("graz.example")?.at).toEqual({ latitude: 47.0707, longitude: 15.4395 });
    expect(placed.get("nowhere.example")).toBeUndefined();
  });

  it.each([
    ["not YAML", "name: [", "mirrors/b.yml"],
    ["not a mirror", "- 1\n", "mirrors/b.yml"],
    ["a mirror without addresses", "name: b.example\n", "mirrors/b.yml"],
    ["another's namesake", mirrorFile("amsterdam.example", ""), "mirrors/b.yml"],
  ])("loses only the mirror whose file is %s", (_what, text, path) => {
    const inputs = read({ [path]: text });
    expect(names(inputs)).toEqual(SERVING);
    expect(inputs.leftOut[0]).toEqual({
      name: expect.stringMatching(/mirrors\/b\.yml$/),
      reason: "its file has errors",
      by: "errors",
    });
    const errors = inputs.diagnostics.filter(({ severity }) => severity === "error");
    expect(errors.length).toBeGreaterThan(0);
    for (const { file } of errors) expect(file?.path).toMatch(/mirrors\/b\.yml$/);
  });

  it("loses only the URL that is wrong", () => {
    const text = mirrorFile("b.example", "").replace("https://b.example", "ftp://b.example");
    expect(names(read({ "mirrors/b.yml": text }))).toEqual([...SERVING, "b.example"].sort());
  });

  it("brings a mirror back when the day of its `until` is over", () => {
    const lines = 'disabled: {reason: painting, until: "2026-11-30"}\n';
    const files = { "mirrors/b.yml": mirrorFile("b.example", lines) };
    const day = 86_400;
    expect(names(read(files))).not.toContain("b.example");
    expect(names(read(files, BUILT_AT + 9 * day))).toContain("b.example");
  });

  it("gives a cloud mirror the networks of its provider, and names the file", () => {
    const files = {
      "mirrors/aws.example.yml": mirrorFile("aws.example", "cloud_type: aws\ncloud_regions: [b]\n"),
      "data/cloud/aws.json": feedText("aws", [
        { region: "a", network: "20.0.0.0/16" },
        { region: "b", network: "21.0.0.0/16" },
      ]),
      "data/cloud/gcp.json": "no mirror is of this cloud",
    };
    const inputs = read(files);
    const subnets = inputs.mirrors.find(({ name }) => name === "aws.example")?.subnets;
    expect(subnets?.map(formatPrefix)).toEqual(["21.0.0.0/16"]);
    expect(inputs.files.clouds).toMatchObject([
      { provider: "aws", sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    ]);
    const named = { ...files, "mirrorpress.yml": SETTINGS_WITH_CLOUD };
    expect(read(named).diagnostics.map(({ code }) => code)).toContain("cloud-feed-unusable");
    expect(names(read(named))).toContain("aws.example");
  });

  it.each([
    ["config.yml is not YAML", { "config.yml": "repos: [" }],
    ["mirrorpress.yml is not YAML", { "mirrorpress.yml": "output: [" }],
    ["config.yml is empty", { "config.yml": "" }],
    ["a database is corrupt", { "city4.mmdb": "x".repeat(1000) }],
    [
      "a database is in another's place",
      { "mirrorpress.yml": "geoip:\n  city: [asn.csv]\n  asn: [asn.csv]\n" },
    ],
    [
      "a database named is not there",
      { "mirrorpress.yml": "geoip:\n  city: [no.mmdb]\n  asn: [asn.csv]\n" },
    ],
  ])("goes on with nothing when %s", (_what, files) => {
    expect(refusal(files)).not.toEqual([]);
  });
});

describe("readInputs, with what asking mirrors has shown", () => {
  const state = (mirrors: ProbeState["mirrors"], allowedOutdateSeconds = 43_200) => ({
    "state/probe.json": renderProbeState({ probedAt: ASKED_AT, allowedOutdateSeconds, mirrors }),
  });
  const down = stateFailing(["http/ipv4", "https/ipv4"], "down");
  const SERVICE =
    "policy: {name: service-2026}\ngeoip: {city: [city4.mmdb, city6.mmdb], asn: [asn.csv]}\n";

  it("leaves out a mirror that is down, with the reason", () => {
    const inputs = read(state({ "tokyo.example": down, "campus.example": down }));
    expect(names(inputs)).toEqual(SERVING.filter((name) => name !== "tokyo.example"));
    expect(inputs.leftOut).toContainEqual({
      name: "tokyo.example",
      reason: "asked, it does not accept connections; out since 2026-11-22 03:00 UTC",
      by: "probe",
    });
  });

  it("takes a mirror's address for its place where nothing else gives one", () => {
    expect(read().diagnostics.map(({ code }) => code)).toContain("no-geolocation");
    const vienna = stateOf({}, { ipv4: ["192.0.2.1", "193.170.1.1"] });
    const inputs = read(state({ "nowhere.example": vienna, "graz.example": vienna }));
    const found = (name: string) => inputs.mirrors.find((mirror) => mirror.name === name);
    expect(found("nowhere.example")).toMatchObject({
      placed: { by: "address", at: { latitude: 48.2082, longitude: 16.3738 } },
      location: { country: "AT" },
      continent: "EU",
    });
    expect(found("graz.example")?.placed?.by).toBe("city");
    expect(inputs.diagnostics.map(({ code }) => code)).not.toContain("no-geolocation");
  });

  it("counts the ASN of a mirror's address among its own, unless the rule goes by what is declared", () => {
    const files = state({
      "graz.example": stateOf({}, { ipv4: ["193.170.1.1"], ipv6: ["2001:628::1"] }),
      "campus.example": stateOf({}, { ipv4: ["193.170.1.1"] }),
    });
    const asnsOf = (inputs: Inputs, name: string) =>
      inputs.mirrors.find((mirror) => mirror.name === name)?.asns;
    expect(asnsOf(read(files), "graz.example")).toEqual([1853]);
    expect(asnsOf(read(files), "campus.example")).toEqual([57]);
    const service = read({ ...files, "mirrorpress.yml": SERVICE });
    expect(asnsOf(service, "graz.example")).toEqual([]);
    expect(service.mirrors.find(({ name }) => name === "graz.example")?.ownAsns).toEqual([1853]);
  });

  it("publishes nothing on a state that cannot be read", () => {
    expect(refusal({ "state/probe.json": '{"format": 1, "prob' })).toContain(
      "probe-state-unusable",
    );
  });

  it("says that results are old", () => {
    const late = read(state({}), ASKED_AT + 5 * 86_400);
    expect(late.diagnostics.map(({ code }) => code)).toContain("probe-state-old");
  });
});
