import { describe, expect, test } from "vitest";
import { openProgress, progressLine } from "../../src/cli/progress.ts";
import { painter, type Terminal } from "../../src/cli/terminal.ts";

function fakeTerminal(live: boolean, columns = 80): { terminal: Terminal; written: string[] } {
  const written: string[] = [];
  const terminal: Terminal = {
    out: () => {
      throw new Error("progress is no result");
    },
    err: (text) => void written.push(text),
    outPaint: painter(false),
    errPaint: painter(false),
    live,
    columns,
  };
  return { terminal, written };
}

describe("openProgress", () => {
  test("writes one plain line a phase where nobody watches", () => {
    const { terminal, written } = fakeTerminal(false);
    const progress = openProgress(terminal, () => 0);
    progress.report({ phase: "reading mirrors", done: 0, total: 89 });
    progress.report({ phase: "reading mirrors", done: 89, total: 89 });
    progress.report({ phase: "compiling routes" });
    progress.finish();
    expect(written).toEqual(["reading mirrors ...\n", "compiling routes ...\n"]);
  });

  test("draws over one line for a person, at most every 80 ms, and leaves it clean", () => {
    const { terminal, written } = fakeTerminal(true);
    let now = 0;
    const progress = openProgress(terminal, () => now);
    for (now = 0; now <= 160; now += 20) progress.report({ phase: "walking", done: now });
    progress.finish();
    expect(written).toEqual([
      "\r\u001b[2Kwalking  0",
      "\r\u001b[2Kwalking  80",
      "\r\u001b[2Kwalking  160",
      "\r\u001b[2K",
    ]);
  });

  test("never lets the line wrap", () => {
    const { terminal, written } = fakeTerminal(true, 10);
    openProgress(terminal, () => 0).report({ phase: "a phase of a very long name" });
    expect(written).toEqual(["\r\u001b[2Ka phase o"]);
  });
});

test("progressLine shows count, total and, after a second, the time", () => {
  expect(progressLine({ phase: "reading" }, 0.5)).toBe("reading");
  expect(progressLine({ phase: "reading", done: 1200, total: 5300 }, 2.7)).toBe(
    "reading  1,200 of 5,300  2 s",
  );
});
