/** Problems of files, of YAML, and of shapes: everything before a field is understood. */
import type { CatalogueEntries } from "./entry.ts";

export const yamlCatalogue = {
  "file-unreadable": {
    severity: "error",
    title: "file cannot be read",
    message: "the file cannot be read: {reason}",
    hints: ["{remedy}", "check the path and that this user may read it"],
  },
  "file-not-read": {
    severity: "warning",
    title: "file that is not read",
    message: 'only files whose names end in ".yml" or ".yaml" are read: this one is not',
    hints: ['rename it to "{suggestion}"'],
  },
  "file-too-large": {
    severity: "error",
    title: "file too large",
    message: "the file has {size} bytes; more than {limit} are not read",
    hints: ["a mirror file has about 500 bytes; is this the right file?"],
  },
  "file-not-utf8": {
    severity: "error",
    title: "not UTF-8",
    message: "the file is not UTF-8 text: this byte is not; the file is left out",
    hints: ["save it as UTF-8, without a byte order mark"],
  },
  "no-mirror-files": {
    severity: "error",
    title: "no mirror files",
    message: 'no *.yml or *.yaml file under "{folder}"',
    hints: ["write the mirrors' folder as mirrors_dir in config.yml, relative to that file"],
  },
  "too-many-files": {
    severity: "error",
    title: "too many mirror files",
    message: "{count} mirror files under one folder; the first {limit} are read",
    hints: ["point mirrors_dir at the folder that holds only the mirrors"],
  },
  "yaml-syntax": {
    severity: "error",
    title: "YAML syntax",
    message: "this is not valid YAML: {detail}; the file is left out",
    hints: ["{remedy}"],
  },
  "yaml-tab": {
    severity: "error",
    title: "tab in the indentation",
    message: "YAML does not allow a tab here; the file is left out",
    hints: ["indent with {spaces} spaces", "indent with spaces"],
  },
  "yaml-many-documents": {
    severity: "error",
    title: "second YAML document",
    message: 'a second document starts here ("---"); only the first is read',
    hints: ["write one mirror in one file"],
  },
  "yaml-alias": {
    severity: "error",
    title: "anchor, alias or tag",
    message: "{what} is not accepted; the file is left out",
    hints: ["write the value itself"],
  },
  "yaml-too-deep": {
    severity: "error",
    title: "YAML nested too deep or too long",
    message: "the file has more than {limit} {what}; it is left out",
    hints: ["a mirror file is three levels deep and has some twenty values"],
  },
  "yaml-empty": {
    severity: "error",
    title: "empty file",
    message: "the file holds no value",
    hints: ["remove it, or write the {expected}", "remove it, or fill it in"],
  },
  "duplicate-key": {
    severity: "error",
    title: "key given twice, with different values",
    message:
      '"{key}" is given twice with different values (first on line {firstLine}); the last is used',
    hints: ["remove one of the two"],
  },
  "duplicate-key-same": {
    severity: "warning",
    title: "key given twice, with the same value",
    message: '"{key}" is given twice with the same value (first on line {firstLine})',
    hints: ["remove one of the two"],
  },
  "unknown-key": {
    severity: "warning",
    title: "unknown key",
    message: 'unknown key "{key}" in {place}; it is ignored',
    hints: [
      '"{key}" belongs {belongs}',
      'remove it: "{twin}", which it may stand for, is given as well',
      "known keys here: {known}",
    ],
  },
  "key-spelling": {
    severity: "warning",
    title: "key in another spelling",
    message: '"{key}" is read as "{known}"',
    hints: ['write "{known}:"'],
  },
  "misspelt-key": {
    severity: "error",
    title: "misspelt key",
    message: 'unknown key "{key}" in {place}, did you mean {suggestion}? What it holds is left out',
    hints: [
      'write "{suggestion}:" anew: {character} is a letter of another script that only looks alike',
      'write "{suggestion}:"',
    ],
  },
  "missing-key": {
    severity: "error",
    title: "missing key",
    message: '{place} has no "{key}"; {consequence}',
    hints: ['add "{key}: {example}"', 'add "{key}:"'],
  },
  "wrong-shape": {
    severity: "error",
    title: "value of the wrong shape",
    message: '"{key}" wants {expected}, this is {found}; it is left out',
    hints: ["write {example}"],
  },
  "empty-value": {
    severity: "note",
    title: "empty value",
    message: '"{key}" has no value; it is read as if it were not there',
    hints: ["fill it in or remove the line"],
  },
  "bad-boolean": {
    severity: "error",
    title: "neither true nor false",
    message: '"{key}" is true or false, this is "{text}"; it is left out',
    hints: ['write "{key}: true" or "{key}: false"'],
  },
  "bad-number": {
    severity: "error",
    title: "number out of range",
    message: '"{key}" wants {expected}, this is "{text}"; it is left out',
    hints: ["write {example}"],
  },
  "unknown-choice": {
    severity: "error",
    title: "none of the words that there are",
    message: '"{key}" is one of {known}, this is "{text}"; it is left out',
    hints: ['write "{suggestion}"', "write one of {known}"],
  },
  "bad-duration": {
    severity: "error",
    title: "not a length of time",
    message: '"{key}" is a length of time, this is "{text}"; it is left out',
    hints: [
      'write "{suggestion}"',
      'write the unit as well: "{number}s", "{number}m", "{number}h" or "{number}d"',
      'write a number and a unit: "30s", "30m", "6h" or "1d"',
    ],
  },
  "bad-date": {
    severity: "error",
    title: "not a date",
    message: '"{key}" is a date, this is "{text}"; it is left out',
    hints: ["write it as 2026-12-31 or 2026-12-31T18:00:00Z"],
  },
  "control-character": {
    severity: "error",
    title: "invisible character",
    message: '"{key}" holds the invisible character {character}; it is dropped',
    hints: ["remove it; it may have come along when the text was pasted"],
  },
  "text-too-long": {
    severity: "error",
    title: "text too long",
    message: '"{key}" has {length} characters; at most {limit} are accepted; it is left out',
    hints: ["shorten it"],
  },
} as const satisfies CatalogueEntries;
