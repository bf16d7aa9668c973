import { describe, expect, it } from "vitest";
import { sha256Hex } from "../../src/emit/artifact.ts";
import { EMPTY_LIST, emitLists, listLine } from "../../src/emit/lists.ts";

const urls = ["http://a.example/x/", "https://b.example/", undefined];
const set = (lists: readonly (readonly number[])[]) => ({ name: "all", lists, urls });

describe("emitLists", () => {
  it("writes a mirror a line, best first, and names the file by its content", () => {
    const { artifacts, ids } = emitLists([set([[1, 0], [0]])]);
    const texts = artifacts.map(({ bytes }) => Buffer.from(bytes).toString());
    expect(texts).toEqual([
      "https://b.example/{path}\nhttp://a.example/x/{path}\n",
      "http://a.example/x/{path}\n",
    ]);
    expect(ids).toEqual([texts.map((text) => sha256Hex(text).slice(0, 12))]);
    expect(artifacts.map(({ path }) => path)).toEqual(ids[0]?.map((id) => `lists/${id}`));
    expect(artifacts.map(({ sha256 }) => sha256)).toEqual(texts.map(sha256Hex));
  });

  it("writes lists with equal text once, and counts them for the first set", () => {
    const { artifacts, ids, costs } = emitLists([
      { name: "all", lists: [[0], [1]], urls: ["http://a.example/", "http://a.example/"] },
      { name: "kitten", lists: [[0]], urls: ["http://a.example/"] },
    ]);
    expect(ids[0]?.[0]).toBe(ids[0]?.[1]);
    expect(ids[1]).toEqual([ids[0]?.[0]]);
    expect(artifacts).toHaveLength(1);
    expect(costs).toEqual([
      { name: "all", lists: 2, files: 1, bytes: 24 },
      { name: "kitten", lists: 1, files: 0, bytes: 0 },
    ]);
  });

  it("tells sets apart that share the arrays of lists but not the URLs", () => {
    const [one, two] = [[0, 1], [1]];
    const http = ["http://a.example/", "http://b.example/"];
    const https = ["https://a.example/", "http://b.example/"];
    const { ids, costs } = emitLists([
      { name: "all", lists: [one, two], urls: http },
      { name: "all-https", lists: [two, one], urls: https },
      { name: "all.2", lists: [two], urls: [undefined, "http://b.example/"] },
      { name: "all.2-https", lists: [one], urls: https },
    ]);
    const [[all, second] = [], [, secure] = []] = ids;
    expect(new Set([all, second, secure]).size).toBe(3);
    expect(ids).toEqual([[all, second], [second, secure], [second], [secure]]);
    expect(costs.map(({ files }) => files)).toEqual([2, 1, 0, 0]);
    const lacking = { name: "all.3", lists: [one], urls: [undefined, "http://b.example/"] };
    expect(() => emitLists([{ name: "all", lists: [one], urls: http }, lacking])).toThrow(
      "mirror 0 is in a list of set all.3",
    );
  });

  it("gives a longer id where two lists would share one", () => {
    const many = Array.from({ length: 40 }, (_, list) => `http://${list}.example/`);
    const sets = [{ name: "all", lists: many.map((_, list) => [list]), urls: many }];
    const { artifacts, ids } = emitLists(sets, 1);
    expect(new Set(ids[0]).size).toBe(40);
    expect(ids[0]?.some((id) => id.length > 1)).toBe(true);
    const byPath = new Map(artifacts.map(({ path, bytes }) => [path, Buffer.from(bytes)]));
    for (const [list, id] of (ids[0] ?? []).entries()) {
      expect(byPath.get(`lists/${id}`)?.toString()).toBe(`http://${list}.example/{path}\n`);
    }
  });

  it("has a file without a line for those whom no mirror of a narrower set may serve", () => {
    const { ids, artifacts } = emitLists([set([[0]]), { ...set([[], [0]]), name: "kitten" }]);
    expect(ids[1]).toEqual([EMPTY_LIST, ids[0]?.[0]]);
    expect(artifacts.map(({ path, bytes }) => [path, bytes.length > 0])).toEqual([
      [`lists/${ids[0]?.[0]}`, true],
      [`lists/${EMPTY_LIST}`, false],
    ]);
  });

  it("refuses an empty list and a mirror without a URL", () => {
    expect(() => emitLists([set([[]])])).toThrow("list 0 of set all is empty");
    expect(() => emitLists([set([[0], [0, 2]])])).toThrow("mirror 2");
  });

  it.each([
    "http://a.example",
    "javascript:alert(1)/",
    "http://a.example/\nhttp://b.example/",
    "http://a.example/{path}/",
    "http://a.example/ /",
    "http://ä.example/",
    'http://a.example/"/',
    "http://a.example/\\/",
  ])("refuses the URL %j", (url) => {
    expect(() => listLine(url)).toThrow("not the canonical base URL");
  });
});
