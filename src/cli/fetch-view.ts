/** What fetching brought, as a table and as JSON. */
import { visible } from "../diagnostics/wording.ts";
import type { FetchedFile } from "../model/fetch-lock.ts";
import type { FetchReport } from "../refresh/fetch-network.ts";
import type { FetchOutcome } from "../refresh/fetch-task.ts";
import { formatBytes, formatDay } from "./format.ts";
import { type Cell, renderTable } from "./table.ts";
import type { Paint } from "./terminal.ts";

/** What `--json` prints. Fields may be added to it, none is renamed or removed. */
export interface FetchJson {
  readonly counts: Readonly<Record<FetchOutcome["status"], number>>;
  readonly sources: readonly {
    readonly kind: FetchOutcome["kind"];
    readonly source: string;
    readonly status: FetchOutcome["status"];
    readonly reason?: string;
    readonly remedy?: string;
    readonly note?: string;
    /** Those in place, as the lock file has them. */
    readonly files: readonly FetchedFile[];
  }[];
}

export function fetchJson({ outcomes }: FetchReport): FetchJson {
  const counts = { new: 0, unchanged: 0, kept: 0, failed: 0, skipped: 0 };
  for (const { status } of outcomes) counts[status]++;
  return {
    counts,
    sources: outcomes.map(({ name, kind, status, reason, remedy, note, files }) => ({
      ...{ kind, source: name, status },
      ...(reason !== undefined && { reason }),
      ...(remedy !== undefined && { remedy }),
      ...(note !== undefined && { note }),
      files,
    })),
  };
}

export function hasFailed({ outcomes }: FetchReport): boolean {
  return outcomes.some(({ status }) => status === "kept" || status === "failed");
}

export interface FetchViewOptions {
  readonly paint: Paint;
  /** Seconds since 1970: what ages are counted to. */
  readonly now: number;
}

/** Nothing of this is ours: names are of mirror files, reasons of servers. */
export function renderFetch({ outcomes }: FetchReport, options: FetchViewOptions): string {
  if (outcomes.length === 0)
    return "nothing to fetch: no mirror and no setting asks for anything\n";
  const { paint } = options;
  const head = ["source", "file", "size", "of", ""].map((text) => paint.dim(text));
  const rows = outcomes.flatMap((outcome) => rowsOf(outcome, options));
  const remedies = remediesOf(outcomes);
  const lines = [
    ...renderTable([head, ...rows], { right: [2] }),
    ...(remedies.length > 0 ? [""] : []),
    ...remedies.map((remedy) => `${paint.cyan("help")}: ${remedy}`),
  ];
  return `${lines.join("\n")}\n`;
}

/** Each once, however many it is for: "a, b: Check the space there." */
function remediesOf(outcomes: readonly FetchOutcome[]): readonly string[] {
  const names = new Map<string, string[]>();
  for (const { name, remedy } of outcomes) {
    if (remedy !== undefined) names.set(remedy, [...(names.get(remedy) ?? []), shown(name)]);
  }
  return [...names].map(([remedy, of]) => visible(`${of.join(", ")}: ${remedy}`));
}

/** One for each file that is in place, or one that says why there is none. */
function rowsOf(outcome: FetchOutcome, options: FetchViewOptions): readonly Cell[][] {
  const name = visible(shown(outcome.name));
  const status = statusOf(outcome, options);
  if (outcome.files.length === 0) return [[name, "", "", "", status]];
  return outcome.files.map((file, index) => [
    index === 0 ? name : "",
    file.path,
    formatBytes(file.bytes),
    formatDay(timeOf(file)),
    index === 0 ? status : "",
  ]);
}

function statusOf(
  { status, reason, note, files }: FetchOutcome,
  options: FetchViewOptions,
): string {
  const { paint, now } = options;
  const because = visible(reason ?? "");
  const noted = note === undefined ? "" : ` (${visible(note)})`;
  switch (status) {
    case "new":
      return `${paint.green("new")}${noted}`;
    case "unchanged":
      return `${paint.dim("unchanged")}${noted}`;
    case "kept": {
      const days = Math.max(0, ...files.map((file) => (now - timeOf(file)) / 86_400));
      return `${paint.yellow(`kept, ${ageOf(Math.floor(days))}`)}: ${because}`;
    }
    case "failed":
      return `${paint.red("failed, and none is there")}: ${because}`;
    case "skipped":
      return `${paint.dim("left out")}: ${because}`;
  }
}

function ageOf(days: number): string {
  if (days === 0) return "of today";
  return days === 1 ? "1 day old" : `${days} days old`;
}

/** When it was made, as far as anything tells; seconds since 1970. */
function timeOf({ builtAt, lastModified, fetchedAt }: FetchedFile): number {
  const times = [builtAt, lastModified, fetchedAt].map((text) => Date.parse(text ?? ""));
  return (times.find((time) => !Number.isNaN(time)) ?? 0) / 1000;
}

const MAX_NAME = 48;

function shown(name: string): string {
  const short = name.replace(/^https:\/\//, "");
  return short.length > MAX_NAME ? `${short.slice(0, MAX_NAME - 3)}...` : short;
}
