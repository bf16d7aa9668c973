import { describe, expect, it } from "vitest";
import { wordingOf } from "../../src/diagnostics/wording.ts";
import { readLoadWeights } from "../../src/model/load-weights.ts";
import { collect } from "../support/reading.ts";

const read = (text: string) => {
  const { value, diagnostics } = collect((report) =>
    readLoadWeights({ path: "weights.csv", text }, report),
  );
  return {
    weights: value && { ipv4: [...value.ipv4], ipv6: [...value.ipv6] },
    problems: diagnostics.map((diagnostic) => {
      const line = diagnostic.file?.text.slice(0, diagnostic.range?.start ?? 0).split("\n").length;
      return `${line} ${diagnostic.code}: ${wordingOf(diagnostic).message}`;
    }),
    hints: diagnostics.map((diagnostic) => wordingOf(diagnostic).hint),
  };
};

describe("readLoadWeights", () => {
  it("reads weights of one family, and of both", () => {
    expect(read("DE,12.5\nUS,30,ipv4\nUS,10,IPv6\nFR,1e3,6\n")).toEqual({
      weights: {
        ipv4: [
          ["DE", 12.5],
          ["US", 30],
        ],
        ipv6: [
          ["DE", 12.5],
          ["US", 10],
          ["FR", 1000],
        ],
      },
      problems: [],
      hints: [],
    });
  });

  it.each([
    ["with a header", "country,weight,family\nDE,1,\n"],
    ["with a header in capitals", "Country,Weight\nDE,1\n"],
    ["with Windows' line ends", "country,weight\r\nDE,1\r\n"],
    ["without a last line end", "DE,1"],
    ["with quotes, spaces and empty lines", '\n "DE" , "1" \n\n'],
    ["with a name", "Germany,1\n"],
    ["with lower case", "de,1\n"],
  ])("takes a table %s", (_what, text) => {
    expect(read(text)).toMatchObject({ weights: { ipv4: [["DE", 1]], ipv6: [["DE", 1]] } });
  });

  it("says all that is wrong, with the line", () => {
    const { weights, problems } = read(
      "DE,1\nFR\nIT,-1\nES,1,ipv5\nPT,1,ipv4,2\nXX,1\nDE,2,ipv4\nAT,Infinity\ncountry,weight\n",
    );
    expect(weights).toBeNull();
    const shape = "this line is not country,weight or country,weight,family: ";
    expect(problems).toEqual([
      `2 weights-bad-line: ${shape}it has one field`,
      `3 weights-bad-line: ${shape}"-1" is not a number of 0 or more`,
      `4 weights-bad-line: ${shape}"ipv5" is neither ipv4 nor ipv6`,
      `5 weights-bad-line: ${shape}it has 4 fields`,
      '6 weights-unknown-country: "XX" is not a country',
      "7 weights-given-twice: the weight of DE for IPv4 is already on line 1",
      `8 weights-bad-line: ${shape}"Infinity" is not a number of 0 or more`,
      `9 weights-bad-line: ${shape}"weight" is not a number of 0 or more`,
      '9 weights-unknown-country: "country" is not a country',
    ]);
  });

  it("names the country that was meant", () => {
    expect(read("Germny,1\n").hints).toEqual(['write "Germany"']);
  });

  it("says once that a weight of both families is there twice", () => {
    expect(read("DE,1\nDE,1\n").problems).toEqual([
      "2 weights-given-twice: the weight of DE for IPv4 is already on line 1",
    ]);
  });

  it.each(["", "country,weight\n", "DE,0\n"])("refuses a table without a weight", (text) => {
    expect(read(text).problems).toEqual(["1 weights-empty: no country has a weight above 0"]);
  });
});
