/** A comparison for a terminal, and as Markdown for a pull request or a job's summary. */
import type { NetworkDiff } from "../compare/diff.ts";
import { type DiffOptions, diffSections, diffTitle, isUnchanged } from "./diff-sections.ts";
import { formatCount } from "./format.ts";
import { markdownTable } from "./markdown.ts";
import { markdownText, type Phrase, plainText } from "./phrase.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

const UNCHANGED = "No client gets another list.";

/** `title` says what is compared; that of the two generations unless given. */
export function renderDiff(
  diff: NetworkDiff,
  options: DiffOptions,
  paint: Paint,
  title: Phrase = diffTitle(diff),
): string {
  const sections = diffSections(diff, options).map(({ title: heading, header, rows, ...rest }) => {
    const cells = rows.map((row) => row.map(plainText));
    const table = renderTable(header.length === 0 ? cells : [header, ...cells], {
      indent: 2,
      right: rest.right,
    });
    const more = rest.more > 0 ? [`  and ${formatCount(rest.more)} more: --all`] : [];
    const notes = rest.notes.map((note) => `  ${plainText(note)}`);
    return [paint.bold(heading), ...table, ...more, ...notes].join("\n");
  });
  const unchanged = isUnchanged(diff) ? [UNCHANGED] : [];
  return `${[paint.bold(plainText(title)), ...unchanged, ...sections].join("\n\n")}\n`;
}

export function diffMarkdown(
  diff: NetworkDiff,
  options: DiffOptions,
  title: Phrase = diffTitle(diff),
): string {
  const sections = diffSections(diff, options).map(({ title: heading, header, rows, ...rest }) => {
    const cells = rows.map((row) => row.map(cell));
    const columns = rows[0]?.length ?? 0;
    // A table of Markdown always has a header.
    const head = header.length === 0 ? new Array<string>(columns).fill("") : header;
    const table = rows.length === 0 ? "" : markdownTable([head, ...cells], { right: rest.right });
    const more = rest.more > 0 ? `\nAnd ${formatCount(rest.more)} more.\n` : "";
    const notes = rest.notes.map((note) => `\n${markdownText(note)}\n`).join("");
    return `### ${heading}\n\n${table}${more}${notes}`;
  });
  const unchanged = isUnchanged(diff) ? [`${UNCHANGED}\n`] : [];
  return [`## ${markdownText(title)}\n`, ...unchanged, ...sections].join("\n");
}

function cell(words: Phrase): string {
  const text = markdownText(words);
  return text === "" ? " " : text;
}
