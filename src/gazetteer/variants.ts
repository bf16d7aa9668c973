/** Other ways to write a city's name, for when nothing has the name as it was written. */

/** Variants of a folded name, folded, the likelier ones first, without the name itself. */
export function nameVariants(folded: string): readonly string[] {
  const words = folded.split(" ");
  const variants = new Set([
    // "Gangnam-gu", "Ho Chi Minh City", "City of Brno"
    words.filter((word) => !KINDS.has(word)).join(" "),
    `${folded} city`,
    // "Duesseldorf"
    folded.replace(/([aou])e/g, "$1"),
    ...compassVariants(words),
  ]);
  variants.delete(folded);
  variants.delete("");
  return [...variants];
}

/** "Jakarta Selatan" as "South Jakarta". */
function compassVariants(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word) => Object.hasOwn(COMPASS, word));
  if (at < 0) return [];
  const others = words.filter((_, index) => index !== at);
  const point = COMPASS[words[at] as string] as string;
  return [[point, ...others].join(" "), [...others, point].join(" ")];
}

/** Words for what kind of place it is. */
const KINDS: ReadonlySet<string> = new Set(
  "city town municipality district gu ku shi si kota of the".split(" "),
);

const COMPASS: Readonly<Record<string, string>> = {
  utara: "north",
  selatan: "south",
  timur: "east",
  barat: "west",
  pusat: "central",
};
