/** A terminal as a person sees it: what stands on it after some text was written. */

export interface Screen {
  readonly write: (text: string) => void;
  /** Without spaces at the ends of lines, and without empty lines at the end. */
  readonly lines: () => readonly string[];
  /** Lines that have left it at the top. */
  readonly scrolled: () => readonly string[];
  readonly cursor: () => {
    readonly row: number;
    readonly column: number;
    readonly visible: boolean;
  };
}

/** Knows the sequences that this program writes, and throws on any other. */
export function openScreen(columns: number, rows: number): Screen {
  const empty = () => Array.from({ length: columns }, () => " ");
  const cells = Array.from({ length: rows }, empty);
  const gone: string[] = [];
  let row = 0;
  let column = 0;
  let visible = true;
  const text = (line: readonly string[]) => line.join("").trimEnd();

  function newLine(): void {
    row++;
    if (row < rows) return;
    gone.push(text(cells.shift() ?? []));
    cells.push(empty());
    row = rows - 1;
  }

  function put(character: string): void {
    // As terminals do: after the last column the line is broken with the next character only.
    if (column === columns) {
      column = 0;
      newLine();
    }
    const line = cells[row];
    if (line) line[column] = character;
    column++;
  }

  function sequence(parameters: string, final: string): void {
    const count = Number(parameters || "1");
    if (final === "A") row = Math.max(0, row - count);
    else if (final === "K" && parameters === "") cells[row]?.fill(" ", column);
    else if (final === "K" && parameters === "2") cells[row]?.fill(" ");
    else if (final === "J" && parameters === "") {
      cells[row]?.fill(" ", column);
      for (const line of cells.slice(row + 1)) line.fill(" ");
    } else if (parameters === "?25") visible = final === "h";
    else if (final !== "m") throw new Error(`unknown sequence: ${parameters}${final}`);
  }

  function write(written: string): void {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a terminal is told by
    for (const match of written.matchAll(/\u001b\[([?\d;]*)([A-Za-z])|[\s\S]/gu)) {
      const [whole, parameters, final] = match;
      if (parameters !== undefined && final !== undefined) sequence(parameters, final);
      else if (whole === "\r") column = 0;
      else if (whole === "\n") {
        column = 0;
        newLine();
      } else if (whole < " ") throw new Error(`unknown control character: ${whole.charCodeAt(0)}`);
      else put(whole);
    }
  }

  return {
    write,
    lines: () => {
      const shown = cells.map(text);
      return shown.slice(0, shown.findLastIndex((line) => line !== "") + 1);
    },
    scrolled: () => gone,
    cursor: () => ({ row, column, visible }),
  };
}
