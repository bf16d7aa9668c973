import { describe, expect, it } from "vitest";
import { pathsOf } from "../../src/emit/nginx-paths.ts";
import { answerTo, emitQuestions, readQuestions } from "../../src/emit/questions.ts";
import { expectedAnswer } from "../serve/expected.ts";
import { CONFIG, EVERYWHERE, smallListSets, urlsIn } from "../serve/small-network.ts";

const listSets = smallListSets();
const paths = pathsOf(CONFIG, listSets);
const questions = readQuestions(Buffer.from(emitQuestions(paths).bytes).toString("utf8"));

describe("emitQuestions", () => {
  it("has a question for every list set, in their order", () => {
    expect([...questions.keys()]).toEqual(listSets.sets.map(({ name }) => name));
    expect(questions.size).toBeGreaterThan(4);
  });

  it("asks for mirrors of a repository wherever that leads to the set", () => {
    expect(questions.get("all")).toEqual({
      ask: "/mirrorlist/8/baseos",
      path: "8.10/BaseOS/$basearch/os/",
    });
    expect(questions.get("all-https")?.ask).toBe("/mirrorlist/8/baseos?protocol=https");
  });

  it("answers each as the server does: what the maps lead to is worked out without them", () => {
    for (const [set, question] of questions) {
      const [, kind = "", version = "", name = "", query = ""] =
        /^\/(mirrorlist|isolist)\/([^/]+)\/([^?]+)\??(.*)$/.exec(question.ask) ?? [];
      const { arch, protocol } = Object.fromEntries(new URLSearchParams(query));
      const asked = {
        kind: kind as "mirrorlist" | "isolist",
        version,
        name,
        ...(arch !== undefined && { arch }),
        ...(protocol !== undefined && { protocol }),
        address: "8.8.8.8",
      };
      const list = urlsIn(set, EVERYWHERE).map((url) => `${url}{path}\n`);
      expect([set, 200, answerTo(question, list.join(""))]).toEqual([
        set,
        ...Object.values(expectedAnswer(asked)),
      ]);
    }
  });

  it("asks for images where only they lead to a set", () => {
    const imagesAlone = paths.paths.filter(({ repo }) => repo === "isos/");
    const text = Buffer.from(emitQuestions({ ...paths, paths: imagesAlone }).bytes).toString();
    for (const { ask, path } of readQuestions(text).values()) {
      expect(ask).toMatch(/^\/isolist\/[^/]+\/(x86_64|aarch64|s390x)(\?protocol=https?)?$/);
      expect(path).toMatch(/\/isos\/(x86_64|aarch64|s390x)$/);
    }
  });

  it("leaves out what no address leads to", () => {
    const none = emitQuestions({ ...paths, paths: [] });
    expect(readQuestions(Buffer.from(none.bytes).toString()).size).toBe(0);
  });
});

describe("readQuestions", () => {
  it.each(['{"all":{}}', '{"all":{"ask":"http://elsewhere/","path":""}}', '{"all":null}'])(
    "throws on %s",
    (text) => expect(() => readQuestions(text)).toThrow(),
  );
});
