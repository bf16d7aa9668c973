import { describe, expect, test } from "vitest";
import { openProbeView, type ProbeView } from "../../src/cli/probe-live.ts";
import { painter, type Terminal } from "../../src/cli/terminal.ts";
import type { MirrorResult } from "../../src/model/probe-state.ts";
import { resultOf } from "../support/probed.ts";
import { openScreen, type Screen } from "../support/screen.ts";

interface Stage {
  readonly view: ProbeView;
  readonly screen: Screen;
  readonly written: string[];
  readonly size: { columns: number; rows: number };
  readonly time: { now: number };
  /** Whether something still wants to draw by itself. */
  readonly ticking: () => boolean;
  readonly tick: () => void;
}

function openStage({ columns = 80, rows = 24, live = true, colour = false } = {}): Stage {
  const screen = openScreen(columns, rows);
  const written: string[] = [];
  const size = { columns, rows };
  const time = { now: 0 };
  let work: (() => void) | null = null;
  const terminal: Terminal = {
    out: () => {
      throw new Error("progress is no result");
    },
    err: (text) => {
      written.push(text);
      screen.write(text);
    },
    outPaint: painter(false),
    errPaint: painter(colour),
    live,
    columns,
  };
  const view = openProbeView(terminal, {
    clock: () => time.now,
    size: () => size,
    every: (_milliseconds, wanted) => {
      work = wanted;
      return () => {
        work = null;
      };
    },
  });
  const ticking = () => work !== null;
  return { view, screen, written, size, time, ticking, tick: () => work?.() };
}

const good = (number: number) =>
  resultOf(`good-${number}.example`, {
    dns: "ok",
    "http/ipv4": { reason: "ok", took: 100 + number },
  });
const bad = (number: number, detail = "no answer within 10 s") =>
  resultOf(`bad-${number}.example`, { dns: "ok", "http/ipv4": { reason: "timeout", detail } });

function tell({ view, time }: Stage, results: readonly MirrorResult[], total = results.length) {
  view.event({ kind: "start", total });
  results.forEach((result, index) => {
    time.now += 100;
    view.event({ kind: "mirror", done: index + 1, total, result });
  });
}

describe("openProbeView for a person", () => {
  test("shows how far the run is, the counts, the failures and the latest mirrors", () => {
    const stage = openStage();
    stage.screen.write("$ mirrorpress probe\n");
    tell(stage, [good(1), bad(1), good(2), good(3)], 16);
    expect(stage.screen.lines()).toEqual([
      "$ mirrorpress probe",
      "Asking 16 mirrors  ==========------------------------------  4 done  0 s",
      "in order 3   failing 1",
      "",
      "bad-1.example   failing  everything: timeout, no answer within 10 s",
      "",
      "bad-1.example   failing",
      "good-2.example  in order  102 ms",
      "good-3.example  in order  103 ms",
    ]);
  });

  test("leaves nothing behind, and the cursor where it was and to be seen", () => {
    const stage = openStage();
    stage.screen.write("$ mirrorpress probe\n");
    tell(stage, [good(1), bad(1)]);
    expect(stage.screen.cursor().visible).toBe(false);
    stage.view.finish();
    stage.view.finish();
    expect(stage.screen.lines()).toEqual(["$ mirrorpress probe"]);
    expect(stage.screen.cursor()).toEqual({ row: 1, column: 0, visible: true });
    expect(stage.ticking()).toBe(false);
  });

  test("says nothing at all when the run ended before it began", () => {
    const stage = openStage();
    stage.view.finish();
    expect(stage.written).toEqual([]);
  });

  test.each([
    [80, 24],
    [80, 5],
    [40, 10],
    [20, 4],
    [10, 3],
  ])("never grows out of a terminal of %i columns and %i rows, nor scrolls it", (columns, rows) => {
    const stage = openStage({ columns, rows });
    const long = resultOf(`a-mirror-of-a-very-long-name.${"x".repeat(60)}.example`, { dns: "dns" });
    const results = Array.from(
      { length: 40 },
      (_, index) => [good(index), bad(index), long][index % 3]!,
    );
    stage.view.event({ kind: "start", total: results.length });
    results.forEach((result, index) => {
      stage.time.now += 1000;
      stage.view.event({ kind: "mirror", done: index + 1, total: results.length, result });
      expect(stage.screen.scrolled()).toEqual([]);
      expect(stage.screen.lines()[0]).toMatch(/^Asking/);
    });
    stage.view.finish();
    expect(stage.screen.lines()).toEqual([]);
  });

  test("draws each line over the one that stood there, in one write without clearing first", () => {
    const stage = openStage();
    tell(stage, [good(1), good(2), good(3)]);
    // Of each write what is cleared comes after what is drawn.
    for (const text of stage.written.slice(1)) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal is told by
      expect(text).not.toMatch(/^\r?(?:\u001b\[\d*A)?\u001b\[[JK]/);
    }
  });

  test("draws at most every 80 ms, but always the end", () => {
    const stage = openStage();
    stage.view.event({ kind: "start", total: 100 });
    const before = stage.written.length;
    for (let done = 1; done <= 100; done++) {
      stage.time.now += 1;
      stage.view.event({ kind: "mirror", done, total: 100, result: good(done) });
    }
    expect(stage.written.length - before).toBe(2);
    expect(stage.screen.lines()[0]).toContain("100 done");
  });

  test("goes on counting seconds while nothing else happens", () => {
    const stage = openStage();
    stage.view.event({ kind: "start", total: 3 });
    stage.time.now = 65_000;
    stage.tick();
    expect(stage.screen.lines()[0]).toContain("0 done  65 s");
  });

  test("finds back to its first line when the terminal has become narrower", () => {
    const stage = openStage();
    stage.screen.write("$ mirrorpress probe\n");
    tell(stage, [bad(1), good(1)], 9);
    // As a terminal does that breaks the lines that stand on it anew.
    const broken = openScreen(40, 24);
    broken.write(
      stage.screen
        .lines()
        .map((line) => line.match(/.{1,40}/g)?.join("\n") ?? "")
        .join("\n"),
    );
    stage.size.columns = 40;
    stage.written.length = 0;
    stage.tick();
    broken.write(stage.written.join(""));
    expect(broken.lines().slice(0, 2)).toEqual([
      "$ mirrorpress probe",
      expect.stringMatching(/^Asking 9 mirrors/),
    ]);
    expect(broken.lines().filter((line) => line.startsWith("Asking"))).toHaveLength(1);
  });

  test("lets no mirror steer the terminal", () => {
    const stage = openStage({ colour: true });
    tell(stage, [bad(1, "\u001b[2J\u202e\r\nready")]);
    const shown = stage.screen.lines().join("\n");
    expect(shown).toContain("\\u{1b}[2J\\u{202e}\\u{d} ready");
    expect(shown).not.toContain("\u202e");
  });
});

describe("openProbeView for a log", () => {
  test("writes a line for each failing mirror and for each tenth of the run", () => {
    const stage = openStage({ live: false });
    tell(stage, [good(1), bad(1), ...Array.from({ length: 18 }, (_, index) => good(index))]);
    const lines = stage.written.join("").split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "asking 20 mirrors ...",
      "bad-1.example  failing  everything: timeout, no answer within 10 s",
      "2 of 20: in order 1, failing 1",
      "4 of 20: in order 3, failing 1",
    ]);
    expect(lines.at(-2)).toBe("20 of 20: in order 19, failing 1");
    expect(lines).toHaveLength(13);
  });

  test("writes no control character", () => {
    const stage = openStage({ live: false });
    tell(stage, [bad(1, "\u001b[2J")]);
    stage.view.finish();
    expect(stage.written.join("")).not.toContain("\u001b");
  });
});
