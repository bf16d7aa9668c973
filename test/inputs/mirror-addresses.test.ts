import { describe, expect, it } from "vitest";
import { withAddresses } from "../../src/inputs/mirror-addresses.ts";
import { openCityPlaces } from "../../src/inputs/place-trees.ts";
import { bytesInMemory } from "../../src/mmdb/bytes.ts";
import { defaultSettings } from "../../src/model/settings.ts";
import { readAsnRanges } from "../../src/sources/asn.ts";
import { plainMirror } from "../support/mirrors.ts";
import { ASKED_AT, stateOf } from "../support/probe-state.ts";
import { collect } from "../support/reading.ts";

const NUMBERS = Array.from({ length: 200 }, (_, n) => n + 1);
/** 11.N.0.0/16 is of ASN N. */
const TABLE = NUMBERS.map((n) => `11.${n}.0.0,11.${n}.255.255,${n},A\n`).join("");

function ownAsnsOf(ipv4: readonly string[]) {
  const source = bytesInMemory("asn.csv", new TextEncoder().encode(TABLE));
  const state = {
    ...{ probedAt: ASKED_AT, allowedOutdateSeconds: 1 },
    mirrors: { "m.example": stateOf({}, { ipv4 }) },
  };
  const { value, codes } = collect((report) => {
    const asns = readAsnRanges([{ kind: "csv", source }], report);
    const city = openCityPlaces({ ipv4: null, ipv6: null });
    const where = { city, overrides: [], asns };
    return withAddresses([plainMirror("m.example")], state, defaultSettings.policy, where, report);
  });
  const [{ ownAsns, asns } = plainMirror("")] = value;
  return { ownAsns, asns, codes };
}

describe("withAddresses", () => {
  it("counts the ASNs of a few addresses, each once", () => {
    const few = ["11.1.0.1", "11.1.0.2", "11.7.0.1", "192.0.2.1"];
    expect(ownAsnsOf(few)).toEqual({ ownAsns: [1, 7], asns: [1, 7], codes: [] });
    expect(ownAsnsOf([1, 2, 3, 4].map((n) => `11.${n}.0.1`)).ownAsns).toEqual([1, 2, 3, 4]);
  });

  it("counts none of a name that claims to be in many networks, and says so", () => {
    const many = NUMBERS.map((n) => `11.${n}.0.1`);
    const found = ownAsnsOf(many);
    expect(found).toEqual({ ownAsns: undefined, asns: [], codes: ["addresses-many-asns"] });
  });
});
