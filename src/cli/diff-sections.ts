/** What a comparison has to tell, as sections of small tables: for a terminal and for Markdown. */

import type { FamilyChange } from "../compare/clients.ts";
import type { NetworkDiff, SetDiff } from "../compare/diff.ts";
import type { InputVersion } from "../compare/figures.ts";
import type { MirrorShift, Shift } from "../compare/shifts.ts";
import type { ListKind } from "../compare/shorter.ts";
import { countryByCode } from "../geo/countries.ts";
import { formatBytes, formatCount, formatDay, formatShare, formatTime } from "./format.ts";
import { given, joined, type Phrase, phrase } from "./phrase.ts";

export interface DiffSection {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly Phrase[])[];
  /** Columns (from 0) that go to the right. */
  readonly right: readonly number[];
  /** Rows that are not shown. */
  readonly more: number;
  /** Sentences below. */
  readonly notes: readonly Phrase[];
}

export interface DiffOptions {
  /** Shows every row. */
  readonly all: boolean;
  /** The set whose clients, mirrors and countries are told of. */
  readonly set: SetDiff;
}

/** Rows of a table unless all are wanted. */
const SHOWN = 10;
/** Names in a line unless all are wanted. */
const NAMED = 8;

/** Sections with nothing to tell are left out. */
export function diffSections(diff: NetworkDiff, options: DiffOptions): readonly DiffSection[] {
  const ofClients = isUnchanged(diff)
    ? []
    : [clientsSection(diff, options), setsSection(diff, options)];
  return [
    mirrorsSection(diff, options),
    ...ofClients,
    shiftsSection("Gains", diff, options, (ipv4) => ipv4.after > ipv4.before),
    shiftsSection("Losses", diff, options, (ipv4) => ipv4.after < ipv4.before),
    countriesSection(options),
    shorterSection(options),
    questionsSection(diff, options),
    inputsSection(diff, options),
    countsSection(diff),
  ].filter(({ rows, notes }) => rows.length + notes.length > 0);
}

/** One line: what is compared with what. */
export function diffTitle({ before, after }: NetworkDiff): Phrase {
  const of = ({ id, builtAt }: NetworkDiff["before"]) =>
    phrase`${given(id)} of ${formatTime(builtAt)}`;
  return phrase`From ${of(before)} to ${of(after)}`;
}

/** Whether clients would notice anything. */
export function isUnchanged({ mirrors, sets, lost, gained, dropped, added }: NetworkDiff): boolean {
  const changes = [lost, gained, dropped, added, mirrors.added, mirrors.removed];
  return (
    changes.every((each) => each.length === 0) &&
    sets.every(
      ({ ipv4, ipv6, shifts }) => ipv4.list === 0 && ipv6.list === 0 && shifts.length === 0,
    )
  );
}

function section(title: string, parts: Partial<DiffSection>): DiffSection {
  return { title, header: [], rows: [], right: [], more: 0, notes: [], ...parts };
}

function mirrorsSection({ mirrors }: NetworkDiff, { set, all }: DiffOptions): DiffSection {
  const ofSet = set.mirrors;
  const names = (label: string, list: readonly string[]) =>
    list.length === 0 ? [] : [[phrase`${label}`, namesOf(list, all)]];
  const lastOf = (codes: readonly string[]) => joined(codes.map(countryName), ", ");
  return section(
    `Mirrors in lists: ${formatCount(mirrors.before)} before, ${formatCount(mirrors.after)} now`,
    {
      rows: [
        ...names("gone", mirrors.removed),
        ...names("new", mirrors.added),
        // Of mirrors that stay, those that this set alone has lost or gained.
        ...names(`gone from ${set.name}`, without(ofSet.removed, mirrors.removed)),
        ...names(`new in ${set.name}`, without(ofSet.added, mirrors.added)),
        ...(set.countriesLost.length === 0
          ? []
          : [[phrase`without a mirror now`, lastOf(set.countriesLost)]]),
        ...(set.countriesGained.length === 0
          ? []
          : [[phrase`with a first mirror`, lastOf(set.countriesGained)]]),
      ],
    },
  );
}

function without(names: readonly string[], others: readonly string[]): readonly string[] {
  return names.filter((name) => !others.includes(name));
}

function clientsSection({ ipv6 }: NetworkDiff, { set }: DiffOptions): DiffSection {
  const row = (label: string, of: (change: FamilyChange) => string) => [
    phrase`${label}`,
    phrase`${of(set.ipv4)}`,
    phrase`${of(set.ipv6)}`,
  ];
  const unit = ipv6 === "announced" ? "announced networks of /48" : "networks of /48";
  return section("Clients", {
    header: ["", "IPv4", "IPv6"],
    rows: [
      row("another first mirror", ({ first, clients }) => shareText(first, clients)),
      row("another list", ({ list, clients }) => shareText(list, clients)),
      row("of", ({ clients }) => formatCount(Math.round(clients))),
    ],
    right: [1, 2],
    notes: [phrase`IPv4 in addresses, IPv6 in ${unit}: all whose place or network is known.`],
  });
}

function setsSection({ sets }: NetworkDiff, { all }: DiffOptions): DiffSection {
  const told = sets.filter(
    ({ ipv4, ipv6, mirrors }) =>
      all || ipv4.list > 0 || ipv6.list > 0 || mirrors.added.length + mirrors.removed.length > 0,
  );
  if (sets.length < 2) return section("List sets", {});
  const nameOf = ({ name, nameBefore }: SetDiff) =>
    name === nameBefore ? phrase`${given(name)}` : phrase`${given(nameBefore)} to ${given(name)}`;
  const rest = sets.length - told.length;
  if (told.length === 0) {
    return section("List sets", { notes: [phrase`All ${formatCount(rest)} are as before.`] });
  }
  return section("List sets", {
    header: ["", "mirrors", "now", "IPv4 first", "list", "IPv6 first", "list"],
    rows: told.map((set) => [
      nameOf(set),
      phrase`${formatCount(set.mirrors.before)}`,
      phrase`${formatCount(set.mirrors.after)}`,
      ...[set.ipv4, set.ipv6].flatMap(({ first, list, clients }) => [
        phrase`${shareText(first, clients)}`,
        phrase`${shareText(list, clients)}`,
      ]),
    ]),
    right: [1, 2, 3, 4, 5, 6],
    notes:
      rest === 0
        ? []
        : [phrase`${formatCount(rest)} ${rest === 1 ? "other is" : "others are"} as before.`],
  });
}

function shiftsSection(
  title: string,
  diff: NetworkDiff,
  { set, all }: DiffOptions,
  isTold: (shift: Shift) => boolean,
): DiffSection {
  const seen = ({ before, after }: Shift) => formatShare(before) !== formatShare(after);
  // What is less than a hundredth of a percent reads like no change.
  const told = set.shifts.filter(
    ({ ipv4, ipv6 }) => (seen(ipv4) || seen(ipv6)) && isTold(seen(ipv4) ? ipv4 : ipv6),
  );
  const shown = all ? told : told.slice(0, SHOWN);
  const gone = new Set(diff.mirrors.removed);
  const come = new Set(diff.mirrors.added);
  const nameOf = ({ name }: MirrorShift): Phrase => {
    const state = gone.has(name) ? " (gone)" : come.has(name) ? " (new)" : "";
    return phrase`${given(name)}${state}`;
  };
  const places = ({ countriesBefore, countriesAfter }: Shift) =>
    countriesBefore.length === countriesAfter.length
      ? phrase`${formatCount(countriesAfter.length)}`
      : phrase`${formatCount(countriesBefore.length)} to ${formatCount(countriesAfter.length)}`;
  const count = `${formatCount(told.length)} ${told.length === 1 ? "mirror" : "mirrors"}`;
  return section(`${title} of first choices: ${count}`, {
    header: ["", "IPv4", "now", "IPv6", "now", "countries"],
    rows: shown.map((shift) => [
      nameOf(shift),
      ...[shift.ipv4, shift.ipv6].flatMap(({ before, after }) => [
        phrase`${formatShare(before)}`,
        phrase`${formatShare(after)}`,
      ]),
      places(shift.ipv4.before + shift.ipv4.after === 0 ? shift.ipv6 : shift.ipv4),
    ]),
    right: [1, 2, 3, 4, 5],
    more: told.length - shown.length,
  });
}

function countriesSection({ set, all }: DiffOptions): DiffSection {
  const shown = all ? set.countries : set.countries.slice(0, SHOWN);
  return section("Countries most affected", {
    header: ["", "IPv4 first", "list", "IPv6 first", "list"],
    rows: shown.map(({ country, ipv4, ipv6 }) => [
      countryName(country ?? ""),
      ...[ipv4, ipv6].flatMap(({ first, list, clients }) => [
        phrase`${shareText(first, clients)}`,
        phrase`${shareText(list, clients)}`,
      ]),
    ]),
    right: [1, 2, 3, 4],
    more: set.countries.length - shown.length,
  });
}

const KINDS: Readonly<Record<ListKind, string>> = {
  everyone: "the full list",
  place: "by place",
  "on-net": "for a network",
};

function shorterSection({ set, all }: DiffOptions): DiffSection {
  const shown = all ? set.shorter : set.shorter.slice(0, SHOWN);
  return section("Lists that are shorter", {
    header: ["mirrors", "now", "", "IPv4", "IPv6", "in"],
    rows: shown.map(({ before, after, kindBefore, kindAfter, ipv4, ipv6, countries }) => [
      phrase`${formatCount(before)}`,
      phrase`${formatCount(after)}`,
      phrase`${kindBefore === kindAfter ? KINDS[kindAfter] : `${KINDS[kindBefore]}, now ${KINDS[kindAfter]}`}`,
      phrase`${formatCount(Math.round(ipv4))}`,
      phrase`${formatCount(Math.round(ipv6))}`,
      someOf(countries.map(countryName), all),
    ]),
    right: [0, 1, 3, 4],
    more: set.shorter.length - shown.length,
  });
}

function questionsSection(
  { lost, gained, dropped, added }: NetworkDiff,
  { all }: DiffOptions,
): DiffSection {
  const row = (label: string, keys: readonly string[]) =>
    keys.length === 0 ? [] : [[phrase`${label}`, namesOf(keys, all)]];
  return section("What can be asked for", {
    rows: [
      ...row("no mirror has it now", lost),
      ...row("a mirror has it now", gained),
      ...row("not of the network now", dropped),
      ...row("new in the network", added),
    ],
  });
}

function inputsSection({ inputs }: NetworkDiff, { all }: DiffOptions): DiffSection {
  const state = (version: InputVersion | undefined) =>
    version === undefined
      ? "-"
      : version.builtAt === undefined
        ? version.sha256.slice(0, 8)
        : formatDay(version.builtAt);
  const shown = all ? inputs : inputs.slice(0, SHOWN);
  return section("Inputs", {
    header: ["", "", "before", "now"],
    rows: shown.map(({ role, file, before, after }) => [
      phrase`${role}`,
      file === undefined ? phrase`` : phrase`${given(file)}`,
      phrase`${state(before)}`,
      phrase`${state(after)}`,
    ]),
    more: inputs.length - shown.length,
  });
}

function countsSection({ before, after }: NetworkDiff): DiffSection {
  const row = (label: string, of: (figures: NetworkDiff["before"]) => string) =>
    of(before) === of(after)
      ? []
      : [[phrase`${label}`, phrase`${of(before)}`, phrase`${of(after)}`]];
  return section("Output", {
    header: ["", "before", "now"],
    rows: [
      ...(before.policy === after.policy
        ? []
        : [[phrase`policy`, phrase`${given(before.policy)}`, phrase`${given(after.policy)}`]]),
      ...row("rotations", ({ rotations }) => formatCount(rotations)),
      ...row("countries with clients", ({ countries }) => formatCount(countries.length)),
      ...row("classes", ({ classes }) => formatCount(classes)),
      ...row("lists", ({ lists }) => formatCount(lists)),
      ...row("files", ({ files }) => formatCount(files)),
      ...row("size", ({ bytes }) => formatBytes(bytes)),
    ],
    right: [1, 2],
  });
}

/** "DE Germany": our own words, but for a code that we do not know. */
function countryName(code: string): Phrase {
  if (code === "") return phrase`unknown`;
  const name = countryByCode(code)?.name;
  return name === undefined ? phrase`${given(code)}` : phrase`${code} ${name}`;
}

function shareText(part: number, whole: number): string {
  return whole === 0 ? "-" : formatShare(part / whole);
}

function namesOf(names: readonly string[], all: boolean): Phrase {
  return someOf(
    names.map((name) => phrase`${given(name)}`),
    all,
  );
}

function someOf(phrases: readonly Phrase[], all: boolean): Phrase {
  const shown = all ? phrases : phrases.slice(0, NAMED);
  const more = phrases.length - shown.length;
  const rest = more === 0 ? "" : ` and ${formatCount(more)} more`;
  return phrase`${joined(shown, ", ")}${rest}`;
}
