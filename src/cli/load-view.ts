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
  const { set, generation, rotations, country, ipv4, ipv6, isWeighted } = report;
  const from = country ? ` from ${visible(country.name ?? country.code ?? "")}` : "";
  const notes: string[] = [];
  if (isWeighted) notes.push("Each country has its weight, spread evenly over its clients.");
  for (const [family, { idle }] of [["IPv4", ipv4] as const, ["IPv6", ipv6] as const]) {
    if (idle) notes.push(`The weight of ${idle.join(", ")} falls on no client in ${family}.`);
  }
  if (rotations > 1) notes.push(`Each of the ${rotations} orders of a list has an equal share.`);
  return [
    paint.bold(`Load${from} by the list set ${visible(set)} of ${generation}`),
    ...renderTable(
      [
        ["IPv4", Math.round(ipv4.clients), describeClients(ipv4, country)],
        ["IPv6", Math.round(ipv6.clients), describeClients(ipv6, country)],
      ],
      { indent: 2 },
    ),
    ...notes.map((note) => `  ${note}`),
  ];
}

function describeClients({ unit, unlocated }: FamilyReport, country: unknown): string {
  const words = {
    addresses: "addresses",
    "announced networks": "announced networks of /48",
    "located networks": "networks of /48",
  }[unit];
  // Where nobody knows what is announced, the number of the others says nothing.
  const others =
    unlocated === 0 || country !== undefined || unit === "located networks"
      ? ""
      : `; ${formatCount(Math.round(unlocated))} others are not counted`;
  return `${words} whose place or network is known${others}`;
}

function busiestLines(report: LoadReport, all: boolean, paint: Paint): readonly string[] {
  const { mirrors, ipv4, ipv6 } = report;
  const listed = mirrors.filter((each) => each.ipv4?.listed || each.ipv6?.listed);
  const ten = listed.slice(0, BUSIEST);
  const sumOfTen = (family: "ipv4" | "ipv6") =>
    report[family].rules && shareOf(ten.reduce((sum, each) => sum + (each[family]?.first ?? 0), 0));
  const title = all
    ? `All ${formatCount(mirrors.length)} mirrors`
    : `The busiest mirrors of ${formatCount(listed.length)} that are listed`;
  const isCut = listed.length > BUSIEST;
  return [
    paint.bold(`${title}, by first choices of ${ipv4.rules ? "IPv4" : "IPv6"}`),
    ...renderTable(
      [
        [undefined, undefined, "IPv4 first", "in list", "IPv6 first", "in list"],
        ...(all ? mirrors : ten).map((mirror, at) => {
          return [at + 1, visible(mirror.name), ...sharesOf(mirror)];
        }),
        ...(isCut
          ? [[undefined, `the first ${BUSIEST}`, sumOfTen("ipv4"), undefined, sumOfTen("ipv6")]]
          : []),
      ],
      { indent: 2, right: [2, 3, 4, 5] },
    ),
    ...(isCut && ipv4.rules && ipv6.tenBusiest !== undefined
      ? [`  The ${BUSIEST} busiest of IPv6 by itself have ${formatShare(ipv6.tenBusiest)} of it.`]
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

function ruleLines({ ipv4, ipv6, set, rulesOf }: LoadReport, paint: Paint): readonly string[] {
  const rows = RULES.map((rule) => {
    const [name, meaning] = RULE_WORDS[rule];
    return [name, shareOf(ipv4.rules?.[rule]), shareOf(ipv6.rules?.[rule]), meaning];
  });
  return [
    paint.bold(`What decides who is first${set === rulesOf ? "" : ` in the list set ${rulesOf}`}`),
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
