/** Characters that text for display must not carry. */

/**
 * One character that steers a terminal (controls), turns the direction of writing, takes no room,
 * or is no character (a lone surrogate). The zero-width joiners U+200C and U+200D are not among
 * them: Persian and Indian names need them.
 */
export const INVISIBLE =
  /[\p{Cc}\p{Cs}\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

/** All of them in a text. */
export const INVISIBLES = new RegExp(INVISIBLE.source, "gu");
