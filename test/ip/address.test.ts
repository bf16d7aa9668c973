import { isIP, isIPv6 } from "node:net";
import { describe, expect, test } from "vitest";
import { embeddedIpv4, formatAddress, parseAddress } from "../../src/ip/address.ts";
import { seededRandom } from "../support/random.ts";

describe("parseAddress", () => {
  test.each([
    ["0.0.0.0", [0]],
    ["255.255.255.255", [0xffff_ffff]],
    ["192.0.2.1", [0xc000_0201]],
    ["::", [0, 0, 0, 0]],
    ["::1", [0, 0, 0, 1]],
    ["1::", [0x1_0000, 0, 0, 0]],
    ["2001:DB8::8:800:200c:417a", [0x2001_0db8, 0, 0x8_0800, 0x200c_417a]],
    ["1:2:3:4:5:6:7:8", [0x1_0002, 0x3_0004, 0x5_0006, 0x7_0008]],
    ["::2:3:4:5:6:7:8", [0x2, 0x3_0004, 0x5_0006, 0x7_0008]],
    ["1:2:3:4:5:6:7::", [0x1_0002, 0x3_0004, 0x5_0006, 0x7_0000]],
    ["::ffff:192.0.2.1", [0, 0, 0xffff, 0xc000_0201]],
    ["64:ff9b::192.0.2.1", [0x64_ff9b, 0, 0, 0xc000_0201]],
    ["1:2:3:4:5:6:1.2.3.4", [0x1_0002, 0x3_0004, 0x5_0006, 0x102_0304]],
  ])("reads %s", (text, words) => {
    expect(parseAddress(text)).toEqual({ family: words.length === 1 ? 4 : 6, words });
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "0x1.2.3.4",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.4\n",
    "1.2.3.-4",
    "1..3.4",
    "16909060",
    "①.2.3.4",
    ":",
    ":::",
    "1:::2",
    "1::2::3",
    ":1",
    "1:",
    "1:2:3:4:5:6:7",
    "1:2:3:4:5:6:7:8:9",
    "1:2:3:4:5:6:7:8::",
    "::1:2:3:4:5:6:7:8",
    "12345::",
    "g::",
    "::1%eth0",
    "[::1]",
    "::1/128",
    "1.2.3.4::",
    "::1.2.3.4:5",
    "::1.2.3",
    "::01.2.3.4",
    "1:2:3:4:5:6:7:1.2.3.4",
  ])("refuses %j", (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test("agrees with Node on seeded texts, right and nearly right", () => {
    const random = seededRandom(1);
    const pieces = ["0", "1", "ff", "255", "256", "abcd", "00", ".", ".", ":", ":", "::", "%", "x"];
    let valid = 0;
    for (let round = 0; round < 60_000; round++) {
      const length = 1 + Math.floor(random() * 15);
      const text = Array.from(
        { length },
        () => pieces[Math.floor(random() * pieces.length)] as string,
      ).join("");
      const expected = text.includes("%") ? 0 : isIP(text);
      if ((parseAddress(text)?.family ?? 0) !== expected) expect.fail(`${text} is IPv${expected}`);
      if (expected > 0) valid += 1;
    }
    expect(valid).toBeGreaterThan(100);
  });
});

describe("formatAddress", () => {
  // The examples of RFC 5952, sections 4 and 5, and what they leave open.
  test.each([
    ["2001:0db8::0001", "2001:db8::1"],
    ["2001:db8:0:0:0:0:2:1", "2001:db8::2:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:DB8::ABCD", "2001:db8::abcd"],
    ["0:0:0:0:0:ffff:c000:0201", "::ffff:192.0.2.1"],
    ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
    ["0:0:3:4:5:6:7:8", "::3:4:5:6:7:8"],
    ["0:0:0:0:0:0:0:0", "::"],
  ])("writes %s as %s", (text, canonical) => {
    const address = parseAddress(text);
    expect(address && formatAddress(address.family, address.words)).toBe(canonical);
  });

  test("is undone by parseAddress, and is what the URL parser writes", () => {
    const random = seededRandom(2);
    const word = () =>
      random() < 0.4 ? 0 : Math.floor(random() * 2 ** (random() < 0.5 ? 16 : 32));
    for (let round = 0; round < 5000; round++) {
      const four = [Math.floor(random() * 2 ** 32)];
      expect(parseAddress(formatAddress(4, four))).toEqual({ family: 4, words: four });
      const six = [word(), word(), word(), word()];
      const text = formatAddress(6, six);
      expect(isIPv6(text)).toBe(true);
      expect(parseAddress(text)).toEqual({ family: 6, words: six });
      const mapped = text.startsWith("::ffff:") && text.includes(".");
      if (!mapped) expect(new URL(`http://[${text}]/`).hostname).toBe(`[${text}]`);
    }
  });
});

describe("embeddedIpv4", () => {
  test.each([
    ["::ffff:0.0.0.0", "0.0.0.0"],
    ["::ffff:255.255.255.255", "255.255.255.255"],
    ["64:ff9b::198.51.100.7", "198.51.100.7"],
    ["2002::", "0.0.0.0"],
    ["2002:c633:6407::1", "198.51.100.7"],
    ["2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "255.255.255.255"],
  ])("finds in %s the address %s", (text, embedded) => {
    const found = embeddedIpv4(parseAddress(text)?.words ?? []);
    expect(found && formatAddress(4, found.words)).toBe(embedded);
  });

  test.each([
    "::1",
    "::fffe:ffff:ffff",
    "::1:0:0:0",
    "64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff",
    "64:ff9b::1:0:0",
    "64:ff9b:1::1.2.3.4",
    "2001:ffff::",
    "2003::",
  ])("finds none in %s", (text) => {
    expect(embeddedIpv4(parseAddress(text)?.words ?? [])).toBeNull();
  });
});
