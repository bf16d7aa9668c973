/** A review for a terminal, and as Markdown for the page of a pull request. */

import type { Review, ReviewedChange } from "../answers/review.ts";
import { renderFrame } from "../diagnostics/render.ts";
import { visible } from "../diagnostics/wording.ts";
import { formatCount, formatCounted } from "./format.ts";
import { code, codeBlock, markdownTable } from "./markdown.ts";
import { markdownText, plainText } from "./phrase.ts";
import { type SpokenShift, speakClients, speakOthers } from "./review-effect-words.ts";
import { countKinds, speakChange, speakVerdict } from "./review-words.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

const NOTHING = "No mirror file differs from the network's.\n";
const NO_OTHERS = "No other mirror gains or loses as much as 0.01%.";
const SHIFT_HEADER = ["IPv4 first", "then", "IPv6 first", "then"] as const;

export function renderReview(review: Review, paint: Paint, columns: number): string {
  const { changes, effect, diagnostics } = review;
  if (changes.length === 0) return NOTHING;
  const render = { color: paint.colour, width: columns };
  const sections = [
    `${paint.bold(`Mirror files: ${countKinds(changes)}`)}\n${plainText(speakVerdict(review))}`,
    ...changes.map((change) => {
      const { title, rows, diagnostics: found } = speakChange(change, review);
      const table = renderTable(
        rows.map(([label, says]) => [label, plainText(says)]),
        { indent: 2 },
      );
      const frames = found.map((diagnostic) => `\n\n${renderFrame(diagnostic, render)}`);
      return [paint.bold(plainText(title)), ...table].join("\n") + frames.join("");
    }),
    ...diagnostics.map((diagnostic) => renderFrame(diagnostic, render)),
    ...(effect ? othersText(review, paint) : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

function othersText(review: Review, paint: Paint): readonly string[] {
  const { losing, gaining, more } = speakOthers(review.effect?.others ?? []);
  const table = (title: string, shifts: readonly SpokenShift[], left: number) => {
    if (shifts.length === 0) return [];
    const rows = shifts.map(({ name, cells }) => [visible(name), ...cells]);
    const lines = renderTable([[undefined, ...SHIFT_HEADER], ...rows], {
      indent: 2,
      right: [1, 2, 3, 4],
    });
    const others = left === 0 ? [] : [`  and ${formatCount(left)} more`];
    return [[paint.bold(title), ...lines, ...others].join("\n")];
  };
  const all = speakClients(review);
  return [
    ...(all === "" ? [] : [all]),
    ...(losing.length + gaining.length === 0 ? [NO_OTHERS] : []),
    ...table("These mirrors lose load", losing, more.losing),
    ...table("These mirrors gain load", gaining, more.gaining),
  ];
}

/** A job's summary takes 1 MiB; what does not fit is counted. */
const MARKDOWN_BYTES = 900_000;
/** One file's faults must not leave the other files without room. */
const FRAMES_SHOWN = 20;

export function reviewMarkdown(review: Review): string {
  const { changes, effect, diagnostics } = review;
  if (changes.length === 0) return `${NOTHING}\n`;
  const verdict = markdownText(speakVerdict(review));
  const parts = [`## Mirror files: ${countKinds(changes)}\n`, `${verdict}\n`];
  const last = [
    ...(diagnostics.length > 0 ? ["### The network\n", framesBlock(diagnostics)] : []),
    ...(effect ? othersMarkdown(review) : []),
  ];
  let room = MARKDOWN_BYTES - Buffer.byteLength([...parts, ...last].join("\n"));
  let left = 0;
  for (const change of changes) {
    const section = changeMarkdown(change, review);
    const bytes = Buffer.byteLength(section) + 1;
    if (bytes > room) {
      left++;
      continue;
    }
    room -= bytes;
    parts.push(section);
  }
  if (left > 0)
    parts.push(`And ${formatCounted(left, "more file")}, for which there is no room here.\n`);
  return `${[...parts, ...last].join("\n")}\n`;
}

function changeMarkdown(change: ReviewedChange, review: Review): string {
  const { title, rows, diagnostics } = speakChange(change, review);
  const table = markdownTable([
    ["", ""],
    ...rows.map(([label, says]) => [label, markdownText(says)]),
  ]);
  const frames = diagnostics.length === 0 ? "" : `\n${framesBlock(diagnostics)}`;
  return `### ${markdownText(title)}\n\n${table}${frames}`;
}

/** The gravest, where there are too many. */
function framesBlock(diagnostics: Review["diagnostics"]): string {
  const render = { color: false, width: 100 };
  const left = diagnostics.length - FRAMES_SHOWN;
  const gravest = left > 0 ? gravestFirst(diagnostics).slice(0, FRAMES_SHOWN) : diagnostics;
  const more = left > 0 ? `\nAnd ${formatCount(left)} more.\n` : "";
  return codeBlock(gravest.map((each) => renderFrame(each, render)).join("\n\n")) + more;
}

const GRAVITY = { error: 0, warning: 1, note: 2 } as const;

function gravestFirst(diagnostics: Review["diagnostics"]): Review["diagnostics"] {
  return [...diagnostics].sort((a, b) => GRAVITY[a.severity] - GRAVITY[b.severity]);
}

function othersMarkdown(review: Review): readonly string[] {
  const { losing, gaining, more } = speakOthers(review.effect?.others ?? []);
  const table = (title: string, shifts: readonly SpokenShift[], left: number) => {
    if (shifts.length === 0) return [];
    const rows = shifts.map(({ name, cells }) => [code(name), ...cells]);
    const body = markdownTable([["", ...SHIFT_HEADER], ...rows], { right: [1, 2, 3, 4] });
    return [`### ${title}\n`, body, ...(left === 0 ? [] : [`And ${formatCount(left)} more.\n`])];
  };
  const all = speakClients(review);
  return [
    ...(all === "" ? [] : [`${all}\n`]),
    ...(losing.length + gaining.length === 0 ? [`${NO_OTHERS}\n`] : []),
    ...table("These mirrors lose load", losing, more.losing),
    ...table("These mirrors gain load", gaining, more.gaining),
  ];
}
