/** "Did you mean": the known word that a mistyped one most likely stands for. */

/**
 * The candidate within a few slips of the text (insertions, deletions, substitutions and swaps of
 * neighbours), or that one of them abbreviates; case and `-`, `_` do not count. Undefined when none
 * is near or two are equally near.
 */
export function closest(text: string, candidates: Iterable<string>): string | undefined {
  const wanted = foldKey(text);
  if (wanted.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let bestSlips = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const folded = foldKey(candidate);
    const allowed = Math.min(wanted.length, folded.length) <= 4 ? 1 : 2;
    const isShort = wanted !== folded && isShortFor(wanted, folded);
    const slips = isShort ? allowed : slipsBetween(wanted, folded);
    if (slips > allowed || slips > bestSlips) continue;
    best = slips < bestSlips ? candidate : undefined;
    bestSlips = slips;
  }
  return best;
}

/** What two spellings of one key have in common. */
export function foldKey(key: string): string {
  return key.toLowerCase().replace(/[-_ ]/g, "");
}

/**
 * The first letter that is not Latin, as "U+0415": where a Latin word is wanted it is one of
 * another script that only looks alike, and nobody would find it by looking.
 */
export function foreignLetter(text: string): string | undefined {
  const letter = /(?!\p{Script=Latin})\p{L}/u.exec(text)?.[0];
  return letter === undefined ? undefined : characterName(letter);
}

/** "U+0415" */
export function characterName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

const MAX_LENGTH = 64;

/** "state" for "state_province"; shorter beginnings say too little. */
function isShortFor(text: string, whole: string): boolean {
  return text.length >= 4 && whole.startsWith(text);
}

/** Optimal string alignment distance: Levenshtein's, with swaps of neighbours as one slip. */
function slipsBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2 || b.length > MAX_LENGTH) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let slips = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        slips = Math.min(slips, (beforeLast[column - 2] ?? 0) + 1);
      }
      current.push(slips);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
