import { describe, expect, it } from "vitest";
import { seal } from "../../src/emit/artifact.ts";
import { emitNear, type NearList } from "../../src/emit/near.ts";

const LIST: NearList = {
  id: "0123456789ab",
  country: "AT",
  seenFrom: { country: "AT", coordinates: { latitude: 48.20849, longitude: 16.3738 } },
  ipv4Addresses: 65_536,
  ipv6Networks: 0.25,
  entries: [
    { mirror: 1, reason: "subnet", distanceKm: 0 },
    { mirror: 0, reason: "country", seeded: "imprecise", distanceKm: 148.249 },
    { mirror: 2, reason: "fill" },
  ],
};
const MIRRORS = ["a.example", "b.example", "c.example"].map((name) => ({
  name,
  url: `https://${name}/"quoted"/`,
}));

function read(list: NearList) {
  const [artifact] = emitNear([list], MIRRORS);
  if (artifact === undefined) throw new Error("no file");
  return { path: seal(artifact).path, value: JSON.parse(String(artifact.bytes)) };
}

describe("emitNear", () => {
  it("writes a list with where it is seen from, and each mirror with its reason", () => {
    const url = (name: string) => `https://${name}/"quoted"/`;
    expect(read(LIST)).toEqual({
      path: "near/0123456789ab.at.json",
      value: {
        list: "0123456789ab",
        country: "AT",
        seen_from: { country: "AT", latitude: 48.21, longitude: 16.37 },
        addresses: { ipv4: 65_536, networks48: 0 },
        mirrors: [
          { name: "b.example", url: url("b.example"), reason: "subnet", distance_km: 0 },
          {
            name: "a.example",
            url: url("a.example"),
            reason: "country",
            seeded: "imprecise",
            distance_km: 148.2,
          },
          { name: "c.example", url: url("c.example"), reason: "fill" },
        ],
      },
    });
  });

  it("has null and none for what is not known", () => {
    const { path, value } = read({ ...LIST, country: undefined, seenFrom: undefined });
    expect(path).toBe("near/0123456789ab.none.json");
    expect(value).toMatchObject({ country: null, seen_from: null });
    const coordinates = { latitude: 1, longitude: 2 };
    expect(read({ ...LIST, seenFrom: { coordinates } }).value.seen_from.country).toBeNull();
  });

  it("is JSON whatever a database has for a country", () => {
    const { coordinates } = LIST.seenFrom ?? { coordinates: { latitude: 0, longitude: 0 } };
    const { value } = read({ ...LIST, seenFrom: { country: '"}', coordinates } });
    expect(value.seen_from.country).toBe('"}');
  });
});
