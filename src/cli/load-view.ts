/** A forecast as text: who counts, the busiest mirrors, what decides, and the countries. */
import { visible } from "../diagnostics/wording.ts";
import { RULES, type Rule } from "../routes/rules.ts";
import { formatCount, formatShare } from "./format.ts";
import {
  BUSIEST,
  type CountryLoad,
  type CountryOfMirror,
  type FamilyReport,
  type LoadReport,
  type MirrorLoad,
} from "./load-report.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** Unless `all` are wanted, of mirrors and countries those with the most load are shown. */
export function renderLoad(report: LoadReport, all: boolean, paint: Paint): string {
  const sections = [
    clientLines(report, paint),
    ...(report.mirror
      ? [mirrorLines(report.mirror, all, paint)]
      : [
          busiestLines(report, all, paint),
          ruleLines(report, paint),
          ...(report.country ? [] : [countryLines(report.countries, all, paint)]),
        ]),
  ];
  return `${sections.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function clientLines(report: LoadReport, paint: Paint): readonly string[] {
  const { set, generation, rotations, country, ipv4, ipv6 } = report;
  const from = country ? ` of clients in ${visible(country.name ?? country.code ?? "")}` : "";
  const notes = [
    ...(report.isWeighted ? ["Each country has its weight, spread evenly over its clients."] : []),
    ...(rotations > 1
      ? [`Each of ${rotations} orders has an equal share of a list's clients.`]
      : []),
  ];
  return [
    paint.bold(`Load${from} by the lists ${visible(set)} of ${generation}`),
    ...renderTable(
      [
        ["IPv4", Math.round(ipv4.clients), `addresses ${LOCATED}${others(ipv4, country)}`],
        ["IPv6", Math.round(ipv6.clients), `networks of /48 ${LOCATED}`],
      ],
      { indent: 2 },
    ),
    ...notes.map((note) => `  ${note}`),
  ];
}

const LOCATED = "whose place or network is known";

/** Of IPv6, where hardly anything is announced, the number of the others says nothing. */
function others({ unlocated }: FamilyReport, country: unknown): string {
  return unlocated === 0 || country !== undefined
    ? ""
    : `; the other ${formatCount(unlocated)} are not counted`;
}

function busiestLines(report: LoadReport, all: boolean, paint: Paint): readonly string[] {
  const { mirrors, ipv4, ipv6 } = report;
  const used = mirrors.filter((mirror) => all || (mirror.ipv4?.listed ?? mirror.ipv6?.listed));
  const shown = all ? used : used.slice(0, BUSIEST);
  const sum = (family: "ipv4" | "ipv6", share: "first") =>
    mirrors.slice(0, BUSIEST).reduce((total, each) => total + (each[family]?.[share] ?? 0), 0);
  const together: Cell[] = [
    undefined,
    all ? `the first ${BUSIEST}` : "together",
    shareOf(report.ipv4.tenBusiest && sum("ipv4", "first")),
    undefined,
    shareOf(report.ipv6.tenBusiest && sum("ipv6", "first")),
  ];
  const title = all
    ? `All ${formatCount(mirrors.length)} mirrors`
    : `The busiest of ${formatCount(mirrors.length)} mirrors, by first choices of IPv4`;
  return [
    paint.bold(title),
    ...renderTable(
      [
        [undefined, undefined, "IPv4 first", "in list", "IPv6 first", "in list"],
        ...shown.map((mirror, at) => [at + 1, visible(mirror.name), ...sharesOf(mirror)]),
        ...(mirrors.length > BUSIEST ? [together] : []),
      ],
      { indent: 2, right: [2, 3, 4, 5] },
    ),
    ...(ipv4.tenBusiest !== undefined && ipv6.tenBusiest !== undefined && mirrors.length > BUSIEST
      ? [`  The ten busiest of IPv6 by itself have ${formatShare(ipv6.tenBusiest)}.`]
      : []),
  ];
}

function sharesOf({ ipv4, ipv6 }: MirrorLoad): Cell[] {
  return [ipv4?.first, ipv4?.listed, ipv6?.first, ipv6?.listed].map(shareOf);
}

function shareOf(share: number | undefined): string | undefined {
  return share === undefined ? undefined : formatShare(share);
}

const RULE_WORDS: Readonly<Record<Rule, readonly [name: string, meaning: string]>> = {
  subnet: ["subnet", "a mirror whose subnet holds the client"],
  asn: ["ASN", "a mirror in the client's ASN"],
  country: ["country", "the nearest in the country"],
  "country-spread": ["country, spread", "any of the country: GeoIP knows no more of the client"],
  continent: ["continent", "the nearest of the continent: none in the country"],
  world: ["elsewhere", "the nearest elsewhere: none on the continent"],
  everyone: ["everyone", "the full list: nothing else gives one"],
};

function ruleLines({ ipv4, ipv6 }: LoadReport, paint: Paint): readonly string[] {
  const rows = RULES.map((rule) => {
    const [name, meaning] = RULE_WORDS[rule];
    return [name, shareOf(ipv4.rules?.[rule]), shareOf(ipv6.rules?.[rule]), meaning];
  });
  return [
    paint.bold("What decides who is first"),
    ...renderTable([[undefined, "IPv4", "IPv6"], ...rows], { indent: 2, right: [1, 2] }),
  ];
}

function countryLines(
  countries: readonly CountryLoad[],
  all: boolean,
  paint: Paint,
): readonly string[] {
  const shown = all ? countries : countries.slice(0, BUSIEST);
  const rows = shown.map((country) => {
    const { busiest } = country.ipv4 ?? country.ipv6 ?? {};
    return [
      ...countryCells(country),
      shareOf(country.ipv4?.share),
      shareOf(country.ipv6?.share),
      busiest && visible(busiest.name),
      shareOf(busiest?.first),
    ];
  });
  const header = [undefined, undefined, "IPv4", "IPv6", "first for the most", "of them"];
  return [
    paint.bold("Countries"),
    ...renderTable([header, ...rows], { indent: 2, right: [2, 3, 5] }),
    ...more(countries, shown),
  ];
}

function mirrorLines(
  mirror: NonNullable<LoadReport["mirror"]>,
  all: boolean,
  paint: Paint,
): readonly string[] {
  const { countries } = mirror;
  const shown = all ? countries : countries.slice(0, BUSIEST);
  const header = ["IPv4 first", "in list", "its part", "IPv6 first", "in list", "its part"];
  const row = ({ ipv4, ipv6 }: Omit<CountryOfMirror, "code">) =>
    [ipv4?.first, ipv4?.listed, ipv4?.part, ipv6?.first, ipv6?.listed, ipv6?.part].map(shareOf);
  const [first4, listed4, first6, listed6] = sharesOf(mirror);
  return [
    paint.bold(visible(mirror.name)),
    ...renderTable(
      [
        [undefined, undefined, ...header],
        [undefined, "everywhere", first4, listed4, undefined, first6, listed6],
        ...shown.map((country) => [...countryCells(country), ...row(country)]),
      ],
      { indent: 2, right: [2, 3, 4, 5, 6, 7] },
    ),
    ...more(countries, shown),
  ];
}

function countryCells({ code, name }: { readonly code: string | null; readonly name?: string }) {
  return [code ?? "-", name ?? (code === null ? "unknown" : undefined)];
}

function more(all: readonly unknown[], shown: readonly unknown[]): readonly string[] {
  const count = all.length - shown.length;
  return count > 0 ? [`  and ${formatCount(count)} more: --all`] : [];
}
