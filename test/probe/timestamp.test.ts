import { describe, expect, it } from "vitest";
import { readTimestamp } from "../../src/probe/timestamp.ts";
import { seededRandom } from "../support/random.ts";

const SEED = 20_261_122;
/** From 1970 to 2149, in which TIME files will be read. */
const LATEST = 5_648_000_000;

describe("readTimestamp of unix time", () => {
  it.each([
    ["1795347600", 1_795_347_600],
    ["1795347600\n", 1_795_347_600],
    ["  1795347600\r\n", 1_795_347_600],
    ["1795347600.123456789\n", 1_795_347_600],
    ["0", 0],
  ])("reads %j", (text, seconds) => {
    expect(readTimestamp(text, "unix")).toBe(seconds);
  });

  it.each([
    "",
    "\n",
    "-1795347600",
    "+1795347600",
    "1.8e9",
    "0x6b0309d0",
    "1795347600 1795347600",
    "1795347600\n# written by cron",
    "179534760012",
    "1795347600.",
    "now",
    "١٧٩٥٣٤٧٦٠٠",
    "<html>1795347600</html>",
  ])("takes %j for garbage", (text) => {
    expect(readTimestamp(text, "unix")).toBeNull();
  });
});

describe("readTimestamp of RFC 2822 dates", () => {
  it.each([
    ["Sun, 22 Nov 2026 11:40:00 +0000", 1_795_347_600],
    ["Sun, 22 Nov 2026 11:40:00 GMT\n", 1_795_347_600],
    ["22 Nov 2026 11:40 UT", 1_795_347_600],
    ["sun, 22 nov 2026 12:40:00 +0100", 1_795_347_600],
    ["Sun, 22 Nov 2026 06:10:00 -0530", 1_795_347_600],
    ["Sun, 22 Nov 2026 03:40:00 -0800 (PST)", 1_795_347_600],
    ["Mon, 22 Nov 2026 11:40:00 +0000", 1_795_347_600],
    ["Tue, 29 Feb 2028 00:00:00 +0000", 1_835_395_200],
    ["Sat, 31 Dec 2016 23:59:60 +0000", 1_483_228_800],
  ])("reads %j", (text, seconds) => {
    expect(readTimestamp(text, "rfc2822")).toBe(seconds);
  });

  it.each([
    "",
    "1795347600",
    "2026-11-22T11:40:00Z",
    "Sun Nov 22 11:40:00 UTC 2026",
    "Sun, 22 Nov 2026",
    "Sun, 22 Nov 2026 11:40:00",
    "Sun, 22 Nov 26 11:40:00 +0000",
    "Sun, 22 Now 2026 11:40:00 +0000",
    "Sun, 30 Feb 2026 11:40:00 +0000",
    "Sun, 0 Nov 2026 11:40:00 +0000",
    "Sun, 31 Nov 2026 11:40:00 +0000",
    "Sun, 22 Nov 2026 24:00:00 +0000",
    "Sun, 22 Nov 2026 11:60:00 +0000",
    "Sun, 22 Nov 2026 11:40:00 +00:00",
    "Sun, 22 Nov 2026 11:40:00 +0060",
    "Sun, 22 Nov 1926 11:40:00 +0000",
    "Sun, 22 Nov 0026 11:40:00 +0000",
  ])("takes %j for garbage", (text) => {
    expect(readTimestamp(text, "rfc2822")).toBeNull();
  });

  it("agrees with Date.parse wherever that reads the date too", () => {
    for (const text of ["Thu, 01 Jan 1970 00:00:00 +0000", "Fri, 1 Mar 2030 01:02:03 -1130"]) {
      expect(readTimestamp(text, "rfc2822")).toBe(Date.parse(text) / 1000);
    }
  });
});

describe("readTimestamp of repomd.xml", () => {
  const repomd = (...parts: readonly string[]) =>
    `<?xml version="1.0"?>\n<repomd xmlns="http://linux.duke.edu/metadata/repo">${parts.join("\n")}</repomd>`;
  const data = (time: string) => `<data type="primary"><timestamp>${time}</timestamp></data>`;

  it("gives the newest time, wherever it stands", () => {
    const times = ["1795347600", "1795347601", "1795347599"];
    const revision = "<revision>1795347598</revision>";
    expect(readTimestamp(repomd(revision, ...times.map(data)), "repomd")).toBe(1_795_347_601);
    expect(
      readTimestamp(repomd("<revision>1795347602</revision>", data("1795347600")), "repomd"),
    ).toBe(1_795_347_602);
  });

  it("reads fractions, and times among spaces", () => {
    expect(readTimestamp(repomd(data(" 1795347600.25\n")), "repomd")).toBe(1_795_347_600);
  });

  it("takes a revision that has a name or a number of its own for no time", () => {
    expect(readTimestamp(repomd("<revision>9.8</revision>"), "repomd")).toBeNull();
    expect(readTimestamp(repomd("<revision>42</revision>", data("1795347600")), "repomd")).toBe(
      1_795_347_600,
    );
  });

  it("finds none in what is something else", () => {
    for (const text of ["", "1795347600", "<html></html>", repomd(), "<timestamp>1795347600"]) {
      expect(readTimestamp(text, "repomd")).toBeNull();
    }
  });

  it("comes to an end with tags that nobody closes", () => {
    expect(readTimestamp("<timestamp> ".repeat(20_000), "repomd")).toBeNull();
  });
});

it(`readTimestamp reads what each format writes of any time, seed ${SEED}`, () => {
  const random = seededRandom(SEED);
  for (let round = 0; round < 2000; round++) {
    const seconds = Math.floor(random() * LATEST);
    expect(readTimestamp(`${seconds}\n`, "unix")).toBe(seconds);
    const zone = Math.floor(random() * 1679) - 839;
    expect(readTimestamp(mailDate(seconds, zone), "rfc2822")).toBe(seconds);
    if (seconds < 1e9) continue;
    const file = `<repomd><revision>1000000000</revision><data><timestamp>${seconds}</timestamp></data></repomd>`;
    expect(readTimestamp(file, "repomd")).toBe(seconds);
  }
});

/** As `date -R` writes it in a zone so many minutes east. */
function mailDate(seconds: number, zoneMinutes: number): string {
  const local = new Date((seconds + zoneMinutes * 60) * 1000).toUTCString().replace(/ GMT$/, "");
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(Math.abs(zoneMinutes) / 60), Math.abs(zoneMinutes) % 60];
  return `${local} ${zoneMinutes < 0 ? "-" : "+"}${two(hours)}${two(minutes)}`;
}
