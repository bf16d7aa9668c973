import { describe, expect, it } from "vitest";
import { readFigures } from "./wrk.ts";

const said = (figures: string) => `Running 3s test @ http://127.0.0.1:8080
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
Requests/sec:  40000.00

{"requests":120000,"micros":3000000,"bytes":96000000,"p99Micros":1570,${figures}}
`;

describe("readFigures", () => {
  it("takes them from the line of the script", () => {
    expect(readFigures(said('"refused":0,"unanswered":0'))).toEqual({
      requests: 120_000,
      perSecond: 40_000,
      p99Ms: 1.57,
      meanBytes: 800,
    });
  });

  it.each(['"refused":3,"unanswered":0', '"refused":0,"unanswered":3'])(
    "makes no figures of errors: %s",
    (errors) => {
      expect(() => readFigures(said(errors))).toThrow(/of 120000 requests/);
    },
  );

  it("says what wrk said when it wrote no figures", () => {
    expect(() => readFigures("unable to connect to 127.0.0.1:1")).toThrow("unable to connect");
  });
});
