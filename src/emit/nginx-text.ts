/**
 * Text in an nginx configuration. Everything that is not a fixed word of ours passes through one
 * of these functions, which give a double-quoted parameter or throw.
 *
 * What ends a quoted parameter or means something inside one (quote, backslash, control
 * characters) is refused rather than escaped: nothing that a network may lawfully be called
 * needs it. A parameter may have 4,096 bytes.
 */

/** A parameter in which nginx expands variables: a map's value. `$` comes out as itself. */
export function nginxValue(text: string): string {
  return quoted(text.replaceAll("$", `\${${DOLLAR}}`), text);
}

/** A line to be sent: what `nginxValue` gives, ending in a line feed. */
export function nginxLine(text: string): string {
  return `${nginxValue(text).slice(0, -1)}\\n"`;
}

/** A parameter in which nginx expands nothing and from which it makes no pattern: a file's path. */
export function nginxPath(path: string): string {
  if (/[$*?[\]]/.test(path) || !path.startsWith("/")) throw new NginxTextError(path);
  return quoted(path, path);
}

/**
 * A map's key for a version or a repository. Keys are compared without regard to case, four of
 * them are words of nginx even in quotes, and one of more than 46 bytes does not fit the buckets
 * of the hash: a pattern takes the place of the latter two.
 */
export function nginxMapKey(name: string): string {
  return MAP_WORDS.has(name.toLowerCase()) || name.length > MAX_KEY_BYTES
    ? nginxPattern(nginxPatternName(name))
    : quoted(checkedName(name), name);
}

/** A map key that matches the whole text, with its case. `pattern` is one of our own. */
export function nginxPattern(pattern: string): string {
  return quoted(`~^${pattern}\\z`, pattern, PATTERN);
}

/** A version or a repository as part of a pattern. */
export function nginxPatternName(name: string): string {
  return checkedName(name).replaceAll(".", "\\.");
}

/** A map's key for two names of which the source has "<first>:<second>"; the second may be "". */
export function nginxPairKey(first: string, second: string): string {
  for (const name of second === "" ? [first] : [first, second]) checkedName(name);
  const key = `${first}:${second}`;
  return key.length > MAX_KEY_BYTES ? nginxPattern(key.replaceAll(".", "\\.")) : quoted(key, key);
}

/** A map's key for the path of a URL, made of names: its "/" keeps it from being a word of nginx. */
export function nginxPathKey(path: string): string {
  const [beginning, ...names] = path.split("/");
  if (beginning !== "") throw new NginxTextError(path);
  for (const name of names) if (name !== "") checkedName(name);
  return path.length > MAX_KEY_BYTES
    ? nginxPattern(path.replaceAll(".", "\\."))
    : quoted(path, path);
}

/** A block of `map`; `source` and `target` are variables of ours, each line ends in ";". */
export function nginxMap(source: string, target: string, lines: readonly string[]): string {
  return `map ${source} ${target} {\n${lines.map((line) => `    ${line}\n`).join("")}}\n`;
}

/** A block that gives a variable one value. */
export function nginxConstant(target: string, parameter: string): string {
  return nginxMap('""', target, [`default ${parameter};`]);
}

/** nginx has no escape for `$`; a variable with that value stands in for it. */
export const DOLLAR = "mp_dollar";

class NginxTextError extends Error {
  constructor(text: string) {
    super(`this cannot be written in an nginx configuration: ${JSON.stringify(text)}`);
    this.name = "NginxTextError";
  }
}

const MAP_WORDS = new Set(["default", "include", "hostnames", "volatile"]);
const NAME = /^[A-Za-z0-9._-]{1,160}$/;
const PATTERN = /^[\x20-\x21\x23-\x7e]*$/;
/** Printable text without a quote or a backslash; names of folders need not be ASCII. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it excludes
const SAFE = /^[^\u0000-\u001f"\\\u007f-\u009f]*$/;
const MAX_KEY_BYTES = 46;
const MAX_PARAMETER_BYTES = 4000;

function checkedName(name: string): string {
  if (!NAME.test(name)) throw new NginxTextError(name);
  return name;
}

function quoted(text: string, original: string, safe = SAFE): string {
  if (!safe.test(text) || Buffer.byteLength(text) > MAX_PARAMETER_BYTES) {
    throw new NginxTextError(original);
  }
  return `"${text}"`;
}
