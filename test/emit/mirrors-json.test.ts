import { describe, expect, it } from "vitest";
import { emitMirrorsJson } from "../../src/emit/mirrors-json.ts";
import type { PlacedMirror } from "../../src/model/mirror.ts";
import { plainMirror } from "../support/mirrors.ts";
import { BUILT_AT } from "../support/small-network.ts";

const FULL = plainMirror("full.example", {
  urls: { rsync: "rsync://full.example/a/", http: "http://full.example/a/" },
  modules: new Map([["kitten", { https: "https://full.example/k/" }]]),
  sponsor: { name: 'Full "of" <it>', url: "https://sponsor.example/" },
  email: "somebody@full.example",
  updateFrequencySeconds: 3600,
  location: { country: "AT", subdivision: "Vienna", city: "Wien" },
  continent: "EU",
  placed: { at: { latitude: 48.20849, longitude: -0.001 }, by: "city" },
  asns: [1853],
  subnets: [{ family: 4, words: [0xc0000200], bits: 24 }],
  weight: 2,
  carries: { versions: ["9"], isos: false, lacks: new Set(["repo:9.8/b/x", "iso:9.8/x"]) },
});

function written(mirrors: readonly PlacedMirror[]): string {
  const { path, bytes } = emitMirrorsJson({ mirrors, builtAt: BUILT_AT, attribution: ["By us"] });
  expect(path).toBe("site/mirrors.json");
  return Buffer.from(bytes).toString("utf8");
}

describe("mirrors.json", () => {
  it("says all that is public of a mirror, and nothing else", () => {
    expect(JSON.parse(written([FULL]))).toEqual({
      format: 1,
      built_at: "2026-11-22T11:40:00.000Z",
      attribution: ["By us"],
      mirrors: [
        {
          name: "full.example",
          country: "AT",
          subdivision: "Vienna",
          city: "Wien",
          continent: "EU",
          latitude: 48.21,
          longitude: 0,
          placed_by: "city",
          urls: { http: "http://full.example/a/", rsync: "rsync://full.example/a/" },
          modules: { kitten: { https: "https://full.example/k/" } },
          sponsor: { name: 'Full "of" <it>', url: "https://sponsor.example/" },
          asns: [1853],
          update_frequency_seconds: 3600,
          weight: 2,
          carries: { versions: ["9"], isos: false, lacks: ["iso:9.8/x", "repo:9.8/b/x"] },
        },
      ],
    });
  });

  it("leaves out what a mirror does not have", () => {
    expect(JSON.parse(written([plainMirror("a.example")])).mirrors).toEqual([
      { name: "a.example", urls: { http: "http://a.example/" }, sponsor: { name: "Sponsor" } },
    ]);
  });

  it("has one mirror a line, whatever the order of a mirror's own keys", () => {
    const { http = "", rsync = "" } = FULL.urls;
    const turned = { ...FULL, urls: { http, rsync } };
    const text = written([plainMirror("a.example"), FULL]);
    expect(written([plainMirror("a.example"), turned])).toBe(text);
    expect(text.split("\n").filter((line) => line.includes('"name":'))).toHaveLength(2);
  });

  it("has no mirror that is not public", () => {
    const hidden = [
      plainMirror("b.example", { reach: "private" }),
      plainMirror("c.example", { reach: "cloud" }),
    ];
    expect(written([FULL, ...hidden])).toBe(written([FULL]));
    expect(JSON.parse(written(hidden)).mirrors).toEqual([]);
  });
});
