/** `carries:` of a mirror's file: what a partial mirror has, and whether that answers a question. */
import type { SourceRange } from "../diagnostics/diagnostic.ts";
import type { WrittenEntry, WrittenValue } from "../diagnostics/written.ts";
import { closest } from "./closest.ts";
import { askedVersions, type NetworkConfig } from "./config.ts";
import { type Field, keyRange, type Reading, readFields, report } from "./fields.ts";
import type { Carries } from "./mirror.ts";
import { questionKey } from "./probe-checks.ts";
import { type Question, questionsOf } from "./questions.ts";
import { lineOf } from "./routing.ts";
import { readBoolean, readScalars, shorten } from "./values.ts";

const LISTS = ["versions", "architectures", "repositories"] as const;
type ListKey = (typeof LISTS)[number];

/**
 * What config.yml does not have is reported and left out. A list of which nothing is left stays, as
 * an empty one: to read it as "everything" would send clients to what is not there. `modules` are
 * those that the mirror has addresses of.
 */
export function readCarries(
  reading: Reading,
  field: Field,
  config: NetworkConfig,
  modules: readonly string[],
): Carries | undefined {
  const { written, empty } = setEmptyListsAside(field.value);
  const fields = readFields(reading, written, {
    what: "carries",
    keys: [...LISTS, "isos"],
    elsewhere: { arches: 'in "architectures"', repos: 'in "repositories"' },
  });
  if (!fields) return undefined;
  const lists: { [Key in ListKey]?: readonly string[] } = {};
  for (const key of LISTS) {
    const list = fields.get(key);
    if (list) lists[key] = readNames(reading, list, key, config);
    const range = empty.get(key) ?? keyRange(list ?? field);
    if (empty.has(key)) lists[key] = [];
    if (lists[key]?.length === 0) report(reading, "carries-empty", range, { key });
  }
  const isosField = fields.get("isos");
  const isos = isosField && readBoolean(reading, isosField);
  const carries: Carries = { ...lists, ...(isos !== undefined && { isos }) };
  const questions = questionsOf(config).filter(
    ({ module }) => module === undefined || modules.includes(module),
  );
  const hasEmptyList = LISTS.some((key) => lists[key]?.length === 0);
  const answersSome = questions.some((question) => answers(carries, question, config));
  if (questions.length > 0 && !hasEmptyList && !answersSome) {
    report(reading, "carries-nothing", keyRange(field), {});
  }
  return carries;
}

/**
 * Whether the mirror has what is asked for. A list of versions says nothing of a module unless it
 * names one of the module's, and a mirror that has a version line has all of it.
 */
export function answers(carries: Carries, question: Question, config: NetworkConfig): boolean {
  if (carries.lacks?.has(questionKey(question))) return false;
  const { directory, module, repo, arch } = question;
  const { versions, architectures, repositories, isos } = carries;
  const line = lineOf(config, directory);
  const hasVersion =
    versions === undefined ||
    versions.includes(directory) ||
    (line !== undefined && versions.includes(line)) ||
    (module !== undefined && !versions.some((version) => version.endsWith(`-${module}`)));
  const hasContent =
    repo === undefined ? isos !== false : repositories === undefined || repositories.includes(repo);
  const hasArch = architectures === undefined || arch === undefined || architectures.includes(arch);
  return hasVersion && hasContent && hasArch;
}

/** A field without a value is as if it were not there, and an empty list is not that. */
function setEmptyListsAside(value: WrittenValue): {
  readonly written: WrittenValue;
  /** Where their keys stand. */
  readonly empty: ReadonlyMap<string, SourceRange>;
} {
  if (value.kind !== "map") return { written: value, empty: new Map() };
  const isEmpty = ({ key, value: list }: WrittenEntry) =>
    LISTS.some((known) => known === key.text) && list.kind === "list" && list.items.length === 0;
  return {
    written: { ...value, entries: value.entries.filter((entry) => !isEmpty(entry)) },
    empty: new Map(value.entries.filter(isEmpty).map(({ key }) => [key.text, key.range])),
  };
}

/** Those that mirrors can have; without a config.yml, where nothing is known, whatever is written. */
function readNames(
  reading: Reading,
  field: Field,
  what: ListKey,
  config: NetworkConfig,
): readonly string[] {
  const { onMirrors, onVault } = knownNames(what, config);
  const names = readScalars(reading, field).flatMap((scalar) => {
    const name = scalar.text.trim();
    if (onMirrors.length === 0 || onMirrors.includes(name)) return name;
    if (onVault.includes(name)) {
      report(reading, "carries-vault", scalar.range, { text: name });
      return [];
    }
    report(reading, "carries-unknown", scalar.range, {
      text: shorten(name),
      what,
      suggestion: closest(name, onMirrors),
      known: shorten(onMirrors.join(", ")),
    });
    return [];
  });
  return [...new Set(names)];
}

function knownNames(
  what: ListKey,
  config: NetworkConfig,
): { readonly onMirrors: readonly string[]; readonly onVault: readonly string[] } {
  const { duplicatedVersions, vaultVersions, arches, repos } = config;
  switch (what) {
    case "versions": {
      const asked = askedVersions({ ...config, vaultVersions: [] });
      const onMirrors = [...new Set([...duplicatedVersions.keys(), ...asked])];
      return { onMirrors, onVault: vaultVersions };
    }
    case "architectures":
      return { onMirrors: [...new Set([...arches.values()].flat())], onVault: [] };
    case "repositories": {
      const names = (vault: boolean) =>
        repos.filter((repo) => repo.vault === vault).map(({ name }) => name);
      return { onMirrors: names(false), onVault: names(true) };
    }
  }
}
