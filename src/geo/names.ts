/** One form for the many ways to write a place's name. */

/**
 * Folds a name for comparison: no accents, no case, "Saint" for "St." and the like, letters and
 * digits of any script with single spaces between them. "Sankt-Peterburg", "Québec " and "Ft. Worth"
 * become "saint peterburg", "quebec" and "fort worth".
 */
export function foldName(name: string): string {
  if (PLAIN.test(name)) return spellOut(name.toLowerCase());
  const plain = name
    .normalize("NFKD")
    .replace(/\p{Mark}+/gu, "")
    .toLowerCase()
    // Letters that Unicode does not decompose.
    .replace(/[łøđðþßæœıħŧ]/g, (letter) => UNDECOMPOSED[letter] ?? letter)
    // Within a word an apostrophe is a sound, not a break: L'viv is Lviv.
    .replace(/(?<=\p{L})['’ʼ`‘](?=\p{L})/gu, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
  return spellOut(plain);
}

function spellOut(folded: string): string {
  if (!SHORTENED.test(folded)) return folded;
  return folded.replace(
    /[^ ]+/g,
    (word) => (Object.hasOwn(SHORT, word) ? SHORT[word] : word) ?? "",
  );
}

/** The folded name without its spaces, and without the words of `dropped`: "Guang Dong", "Guangdong". */
export function squeezeName(name: string, dropped?: ReadonlySet<string>): string {
  const words = foldName(name).split(" ");
  return (dropped ? words.filter((word) => !dropped.has(word)) : words).join("");
}

/** Most names: nothing in them but words to be put into small letters. */
const PLAIN = /^[A-Za-z]+(?: [A-Za-z]+)*$/;
const SHORTENED = /(?:^| )(?:st|ste|sankt|sint|sainte|ft|mt)(?: |$)/;

const UNDECOMPOSED: Readonly<Record<string, string>> = {
  ł: "l",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ı: "i",
  ħ: "h",
  ŧ: "t",
};

const SHORT: Readonly<Record<string, string>> = {
  st: "saint",
  ste: "saint",
  sankt: "saint",
  sint: "saint",
  sainte: "saint",
  ft: "fort",
  mt: "mount",
};
