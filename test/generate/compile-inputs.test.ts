import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { InputError } from "../../src/diagnostics/input-error.ts";
import { compileInputs, familiesOf } from "../../src/generate/compile-inputs.ts";
import { readInputs } from "../../src/inputs/inputs.ts";
import { defaultSettings } from "../../src/model/settings.ts";
import { originAt } from "../../src/rank/nearest.ts";
import { plainMirror } from "../support/mirrors.ts";
import { BUILT_AT, MIRROR_NAMES, mirrorFile, writeSmallNetwork } from "../support/small-network.ts";

it("compileInputs tells a network without a public mirror from a bug", () => {
  const folder = mkdtempSync(join(tmpdir(), "mirrorpress-private-"));
  try {
    const isPrivate = (name: string) => mirrorFile(name, "private: true\nasn: 57\n");
    const files = MIRROR_NAMES.map((name) => [`mirrors/${name}.yml`, isPrivate(name)]);
    const configPath = writeSmallNetwork(folder, { files: Object.fromEntries(files) });
    const inputs = readInputs({ configPath, builtAt: BUILT_AT }, (_, work) => work());
    try {
      expect(() => compileInputs(inputs)).toThrow(InputError);
      expect(() => compileInputs(inputs)).toThrow(/empty-list/);
    } finally {
      inputs.geoip.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("familiesOf searches for any number of sets at once, but in families that a search can hold", () => {
  const placed = { at: { latitude: 50, longitude: 10 }, by: "city" as const };
  const mirrors = ["a.example", "b.example"].map((name) => plainMirror(name, { placed }));
  const sets = Array.from({ length: 70 }, (_, number) => ({
    name: `all.${number}`,
    product: "all",
    urlOf: () => "http://a.example/",
  }));
  const families = familiesOf(sets, { mirrors, settings: defaultSettings });
  expect(families.flatMap((family) => family.sets)).toEqual([...sets.keys()]);
  const place = { country: "DE", continent: "EU", coordinates: placed.at };
  for (const { ranker } of families) {
    const client = { place, subnetMatches: [], asnMatches: [] };
    expect(ranker.findSituation(client, originAt(placed.at))).toBe(true);
  }
});
