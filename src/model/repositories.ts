/** The repositories of config.yml: name, path below a version, and where each exists. */
import { closest } from "./closest.ts";
import {
  type Field,
  itemsOf,
  lineOf,
  type Reading,
  readFields,
  report,
  requireField,
} from "./fields.ts";
import { readBoolean, readScalar, readScalars, shorten } from "./values.ts";

export interface Repository {
  readonly name: string;
  /** Below `<version>/`, ending in "/"; `$basearch` is left for the client to fill in. */
  readonly path: string;
  /** Only in these versions; in all when absent. */
  readonly versions?: readonly string[];
  /** Only for these architectures; for all of the version's when absent. */
  readonly arches?: readonly string[];
  /** Served from the vault alone, never from mirrors. */
  readonly vault: boolean;
}

export interface KnownNames {
  readonly versions: readonly string[];
  readonly arches: ReadonlySet<string>;
}

/** In file order. A repository whose name or path cannot be used is reported and left out. */
export function readRepositories(
  reading: Reading,
  field: Field | undefined,
  known: KnownNames,
): readonly Repository[] {
  const byName = new Map<string, { repository: Repository; start: number }>();
  for (const item of field ? itemsOf(field.value) : []) {
    const fields = readFields(reading, item, {
      what: "the repository",
      keys: ["name", "path", "versions", "arches", "vault"],
    });
    const nameField =
      fields && requireField(reading, fields, "name", { consequence: "it is left out" });
    const pathField =
      fields && requireField(reading, fields, "path", { consequence: "it is left out" });
    const name = nameField && readName(reading, nameField);
    const path = pathField && readPath(reading, pathField);
    if (!fields || !name || !path) continue;
    const first = byName.get(name);
    if (first) {
      const firstLine = lineOf(reading.file, first.start);
      report(reading, "duplicate-repo", nameField?.range, { name, firstLine });
      continue;
    }
    const versions = readKnown(reading, fields.get("versions"), known.versions, "unknown-version");
    const arches = readKnown(reading, fields.get("arches"), known.arches, "unknown-arch");
    const vaultField = fields.get("vault");
    const vault = (vaultField && readBoolean(reading, vaultField)) === true;
    const repository = {
      name,
      path,
      ...(versions && { versions }),
      ...(arches && { arches }),
      vault,
    };
    byName.set(name, { repository, start: nameField?.range.start ?? 0 });
  }
  return [...byName.values()].map(({ repository }) => repository);
}

function readName(reading: Reading, field: Field): string | undefined {
  const scalar = readScalar(reading, field.value, "name");
  if (!scalar) return undefined;
  const name = scalar.text.trim();
  if (/^[a-z0-9][a-z0-9._-]{0,99}$/.test(name)) return name;
  report(reading, "bad-repo-name", scalar.range, { text: shorten(name) });
  return undefined;
}

const SEGMENT = /^(?:[A-Za-z0-9_][A-Za-z0-9._+-]*|\$[a-z]+)$/;

function readPath(reading: Reading, field: Field): string | undefined {
  const scalar = readScalar(reading, field.value, "path");
  if (!scalar) return undefined;
  const text = scalar.text.trim();
  const segments = text.split("/").filter((segment) => segment !== "");
  const bad = segments.find((segment) => !SEGMENT.test(segment));
  const path = `${segments.join("/")}/`;
  if (segments.length > 0 && bad === undefined && (path === text || path === `${text}/`)) {
    return path;
  }
  const reason =
    bad !== undefined
      ? `"${shorten(bad)}" is no folder name`
      : text.startsWith("/")
        ? "it is not relative"
        : "it has an empty part";
  const suggestion = segments.length > 0 && bad === undefined ? path : undefined;
  report(reading, "bad-repo-path", scalar.range, { text: shorten(text), reason, suggestion });
  return undefined;
}

function readKnown(
  reading: Reading,
  field: Field | undefined,
  known: Iterable<string>,
  code: "unknown-version" | "unknown-arch",
): readonly string[] | undefined {
  if (!field) return undefined;
  const all = [...known];
  const names = readScalars(reading, field).flatMap((scalar) => {
    const name = scalar.text.trim();
    if (all.includes(name)) return name;
    const suggestion = closest(name, all);
    const text = shorten(name);
    report(reading, code, scalar.range, { version: text, arch: text, suggestion });
    return [];
  });
  return [...new Set(names)];
}
