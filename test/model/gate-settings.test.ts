import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { defaultGateSettings } from "../../src/model/gate-settings.ts";
import { readSettings, type Settings } from "../../src/model/settings.ts";
import { CONFIG_LIMITS, parseYaml } from "../../src/sources/yaml.ts";

function read(text: string): { gates: Settings["gates"]; codes: readonly string[] } {
  const diagnostics: Diagnostic[] = [];
  const report = (each: Diagnostic) => void diagnostics.push(each);
  const document = parseYaml({ path: "mirrorpress.yml", text }, report, CONFIG_LIMITS)!;
  const { gates } = readSettings(document, report);
  return { gates, codes: diagnostics.map(({ code }) => code) };
}

describe("gates", () => {
  it("have the limits of the table unless they are set", () => {
    expect(read("output: output\n")).toEqual({ gates: defaultGateSettings, codes: [] });
  });

  it("take each limit by itself", () => {
    const { gates, codes } = read("gates:\n  mirrors: {hold: 5.5}\n  countries: {refuse: 20}\n");
    expect(codes).toEqual([]);
    expect(gates).toEqual({
      ...defaultGateSettings,
      mirrors: { hold: 5.5, refuse: 25 },
      countries: { hold: 2, refuse: 20 },
    });
  });

  it("take the age of databases from geoip, unless they have their own", () => {
    expect(read("geoip: {max_age_days: 365}\n").gates.geoipAgeDays).toBe(365);
    const both = "geoip: {max_age_days: 365}\ngates: {geoip_age_days: 7}\n";
    expect(read(both).gates.geoipAgeDays).toBe(7);
    expect(read("geoip: {}\n").gates.geoipAgeDays).toBe(14);
  });

  it("say that a gate which refuses first never holds", () => {
    const { gates, codes } = read("gates: {files: {hold: 50, refuse: 20}}\n");
    expect(codes).toEqual(["gate-never-holds"]);
    expect(gates.files).toEqual({ hold: 50, refuse: 20 });
  });

  it("report what is wrong and keep its default", () => {
    const { gates, codes } = read("gates:\n  mirror: {hold: 5}\n  files: {hold: -1}\n  bytes: 5\n");
    expect(codes.toSorted()).toEqual(["bad-number", "misspelt-key", "wrong-shape"]);
    expect(gates).toEqual(defaultGateSettings);
  });
});
