/** What a build did, for the person who started it. */

import type { CanaryReport, NoCanary } from "../canary/canary.ts";
import { visible } from "../diagnostics/wording.ts";
import { describeCanary } from "./canary-option.ts";
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDay,
  formatKm,
  formatSeconds,
  formatShare,
  formatTime,
} from "./format.ts";
import { findingLines, type GatesJson } from "./gates-view.ts";
import type { TypedAgain } from "./options.ts";
import { formatSpan } from "./probe-words.ts";
import { renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

export interface BuildSummary {
  /** Seconds since 1970. */
  readonly builtAt: number;
  readonly mirrors: MirrorCounts;
  readonly diagnostics: {
    readonly errors: number;
    readonly warnings: number;
    readonly notes: number;
  };
  readonly databases: readonly DatabaseReport[];
  readonly made: {
    /** Nodes of routes.mmdb; equal subtrees are one. */
    readonly nodes: number;
    /** Bytes of routes.mmdb. */
    readonly routesBytes: number;
    readonly classes: number;
    readonly lists: number;
    readonly files: number;
    readonly bytes: number;
  };
  /** What each list set costs, in the order in which files are counted. */
  readonly listSets: readonly ListSetReport[];
  /** In the order to be shown, the exact way first. */
  readonly serving: readonly ServingReport[];
  /** In the order in which they ran. */
  readonly phases: readonly { readonly name: string; readonly seconds: number }[];
  readonly totalSeconds: number;
  readonly peakMemoryBytes: number;
  /** The directory of what was published, as the user would write it. */
  readonly generation: string;
  /** The link led to this very generation before: the same inputs gave the same bytes. */
  readonly unchanged: boolean;
  /** The gates were passed, and then nothing was published. */
  readonly isDryRun: boolean;
  /** What the gates found, all of it accepted. */
  readonly gates: GatesJson;
  /** Absent where no generation was in place, or the same. */
  readonly changes?: ChangesReport;
  /** What came of asking a server for lists after the switch. */
  readonly canary: CanaryReport | NoCanary;
  /** Id of the generation that was current. */
  readonly replaced?: string;
  /** Ids of old generations that were removed, and why others could not be. */
  readonly removed: readonly string[];
  readonly notRemoved?: string;
  readonly attribution: readonly string[];
  /** An address and a path that the list just built answers, for the example to try. */
  readonly example: { readonly address: string; readonly path: string };
}

/** What clients of the generation in place will notice. */
export interface ChangesReport {
  /** Mirrors that are in lists for the first time, or no more. */
  readonly added: number;
  readonly removed: number;
  /** Shares of the clients, from 0 to 1, who have another first mirror. */
  readonly firstChanged: { readonly ipv4: number; readonly ipv6: number };
}

interface MirrorCounts {
  /** YAML files found. */
  readonly files: number;
  /** Mirrors that take part. */
  readonly listed: number;
  readonly countries: number;
  /** Of those listed: for on-net clients only. */
  readonly onNetOnly: number;
  /** Of those listed: without a place, so that only an unknown client is told of them. */
  readonly withoutPlace: number;
  /** When they were asked last, in seconds since 1970; absent where they never were. */
  readonly askedAt?: number;
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

export interface DatabaseReport {
  /** "City, IPv4". */
  readonly kind: string;
  readonly path: string;
  /** Of the database's own metadata; absent for a table of ranges. */
  readonly type?: string;
  /** Seconds since 1970. */
  readonly builtAt?: number;
  readonly ageDays?: number;
  readonly networks: number;
}

export interface ListSetReport {
  readonly name: string;
  readonly lists: number;
  /** Those that no set before has, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}

export interface ServingReport {
  /** "routes.mmdb (nginx)", "by subdivision". */
  readonly way: string;
  /** Of the IPv4 addresses that have a place: those that get exactly their list, 0 to 1. */
  readonly exactShare: number;
  /** The mean extra distance of the first mirror, over the addresses that get another list. */
  readonly extraKm?: number;
}

/** Of the mirrors left out this many are named; `mirrorpress check` tells of all. */
const LEFT_OUT_SHOWN = 5;

/** `command` is what the user types to run this program: "mirrorpress". */
export function renderSummary(
  report: BuildSummary,
  command: string,
  paint: Paint,
  again: TypedAgain = { network: "", output: "" },
): string {
  const sections: readonly (readonly string[])[] = [
    readSection(report, paint),
    leftOutSection(report, `${command} check${again.network}`, paint),
    madeSection(report, paint),
    listSetsSection(report, paint),
    servingSection(report.serving, paint),
    timeSection(report, paint),
    acceptedSection(report.gates, paint),
    nextSection(report, { command, again }, paint),
    report.attribution.map((line) => paint.dim(visible(line))),
  ];
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join("\n"));
  return `${text.join("\n\n")}\n`;
}

function readSection(report: BuildSummary, paint: Paint): readonly string[] {
  const { mirrors } = report;
  const details = [`in ${formatCount(mirrors.countries)} countries`];
  if (mirrors.onNetOnly > 0)
    details.push(`${formatCount(mirrors.onNetOnly)} for on-net clients only`);
  if (mirrors.withoutPlace > 0)
    details.push(`${formatCount(mirrors.withoutPlace)} without a place`);
  if (mirrors.askedAt !== undefined)
    details.push(`asked ${formatSpan(report.builtAt - mirrors.askedAt)} ago`);
  const databases = report.databases.map((database) => [
    database.kind,
    database.networks,
    [
      visible(database.path.split("/").at(-1) ?? database.path),
      database.builtAt !== undefined ? `of ${formatDay(database.builtAt)}` : "",
      database.ageDays !== undefined ? `(${formatCount(database.ageDays)} days)` : "",
    ]
      .filter((part) => part !== "")
      .join(" "),
  ]);
  return [
    paint.bold("Read"),
    ...renderTable([["mirrors", mirrors.listed, details.join(", ")], ...databases], { indent: 2 }),
  ];
}

function leftOutSection(report: BuildSummary, check: string, paint: Paint): readonly string[] {
  const { leftOut } = report.mirrors;
  const lines = renderTable(
    leftOut.slice(0, LEFT_OUT_SHOWN).map(({ name, reason }) => [visible(name), visible(reason)]),
    { indent: 2 },
  );
  const found = problemCounts(report.diagnostics);
  if (lines.length === 0 && found === "") return [];
  const more = leftOut.length - LEFT_OUT_SHOWN;
  return [
    leftOut.length > 0
      ? paint.bold(
          paint.yellow(
            `Left out: ${formatCount(leftOut.length)} of ${formatCount(report.mirrors.files)}`,
          ),
        )
      : paint.bold("Left out: none"),
    ...lines,
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
    ...(found === "" ? [] : [`  ${found}: ${check}`]),
  ];
}

function problemCounts(diagnostics: BuildSummary["diagnostics"]): string {
  const parts: string[] = [];
  const add = (count: number, word: string): void => {
    if (count > 0) parts.push(formatCounted(count, word));
  };
  add(diagnostics.errors, "error");
  add(diagnostics.warnings, "warning");
  add(diagnostics.notes, "note");
  return parts.join(", ");
}

function madeSection({ made }: BuildSummary, paint: Paint): readonly string[] {
  return [
    paint.bold("Made"),
    ...renderTable(
      [
        ["nodes", made.nodes, `routes.mmdb, ${formatBytes(made.routesBytes)}`],
        ["classes", made.classes, "kinds of clients: each gets the same lists"],
        ["lists", made.lists, "different lists of mirrors"],
        ["files", made.files, formatBytes(made.bytes)],
      ],
      { indent: 2 },
    ),
  ];
}

/** Of equal lists the first set has the file. */
function listSetsSection({ listSets }: BuildSummary, paint: Paint): readonly string[] {
  if (listSets.length < 2) return [];
  const rows = listSets.map(({ name, lists, files, bytes }) => [
    name,
    lists,
    lists === files ? "" : "of which new",
    files,
    formatBytes(bytes),
  ]);
  return [paint.bold("Lists by set"), ...renderTable(rows, { indent: 2, right: [1, 3, 4] })];
}

function servingSection(serving: readonly ServingReport[], paint: Paint): readonly string[] {
  if (serving.length === 0) return [];
  const rows = serving.map(({ way, exactShare, extraKm }) => [
    way,
    formatShare(exactShare),
    extraKm === undefined || exactShare >= 1
      ? undefined
      : `the others go ${formatKm(extraKm)} farther`,
  ]);
  return [
    paint.bold("Clients that get exactly their list"),
    ...renderTable(rows, { indent: 2, right: [1] }),
  ];
}

function timeSection(report: BuildSummary, paint: Paint): readonly string[] {
  const rows = [
    ...report.phases.map(({ name, seconds }) => [name, formatSeconds(seconds)]),
    [
      "in all",
      formatSeconds(report.totalSeconds),
      `${formatBytes(report.peakMemoryBytes)} at the most`,
    ],
  ];
  return [paint.bold("Time"), ...renderTable(rows, { indent: 2, right: [1] })];
}

function acceptedSection({ findings }: GatesJson, paint: Paint): readonly string[] {
  if (findings.length === 0) return [];
  return [paint.bold(paint.yellow("Accepted")), ...findingLines(findings, paint).slice(1)];
}

function nextSection(
  report: BuildSummary,
  { command, again }: { readonly command: string; readonly again: TypedAgain },
  paint: Paint,
): readonly string[] {
  const { address, path } = report.example;
  const state = report.unchanged ? "the same as before" : `of ${formatTime(report.builtAt)}`;
  return [
    report.isDryRun
      ? `${paint.bold(paint.yellow("Not published"))}, as asked for: ${visible(report.generation)}, ${state}`
      : `${paint.bold(paint.green("Published"))} ${visible(report.generation)}, ${state}`,
    ...aftermath(report),
    "",
    paint.bold("Next"),
    ...renderTable(
      [
        [
          `${command} preview${again.network}${again.output}`,
          "serves it here with nginx; then, in another terminal:",
        ],
        [
          `${command} explain ${address}${again.network}${again.output}`,
          "tells why that client gets that list",
        ],
      ],
      { indent: 2 },
    ).toSpliced(1, 0, `    curl -H 'X-Forwarded-For: ${address}' http://127.0.0.1:8080${path}`),
  ];
}

/** What followed on publishing: the canary, and what became of older generations. */
export function aftermath({
  canary,
  replaced,
  removed,
  notRemoved,
  changes,
}: Pick<
  BuildSummary,
  "canary" | "replaced" | "removed" | "notRemoved" | "changes"
>): readonly string[] {
  const rows = [
    ...(changes === undefined ? [] : [["changes", describeChanges(changes)]]),
    ["canary", visible(describeCanary(canary))],
    ...(replaced === undefined ? [] : [["replaced", replaced]]),
    ...(removed.length === 0 ? [] : [["removed", removed.join(", ")]]),
    ...(notRemoved === undefined ? [] : [["not removed", visible(notRemoved)]]),
  ];
  return renderTable(rows, { indent: 2 });
}

function describeChanges({ added, removed, firstChanged: { ipv4, ipv6 } }: ChangesReport): string {
  const mirrors = `mirrors: ${formatCount(added)} came, ${formatCount(removed)} went`;
  const shares = `${formatShare(ipv4)} of IPv4 and ${formatShare(ipv6)} of IPv6`;
  return `${mirrors}; ${shares} have another first mirror`;
}
