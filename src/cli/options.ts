/** The options every command has: what was typed, made into values. */
import { UsageError } from "./errors.ts";

/** As commander hands them over. */
export interface RawOptions {
  readonly config?: string;
  readonly output?: string;
  readonly json?: boolean;
  readonly builtAt?: string;
  readonly color?: boolean;
  readonly quiet?: boolean;
}

export interface GlobalOptions {
  readonly configPath: string;
  /** Over that of mirrorpress.yml. */
  readonly output?: string;
  readonly json: boolean;
  /** The time that the output is of: seconds since 1970. */
  readonly builtAt: number;
  readonly colour: boolean;
  readonly quiet: boolean;
}

const DEFAULT_CONFIG = "config.yml";

type Environment = Readonly<Record<string, string | undefined>>;

/** `now` is in milliseconds since 1970. Throws `UsageError`. */
export function readOptions(raw: RawOptions, env: Environment, now: number): GlobalOptions {
  return {
    configPath: raw.config ?? DEFAULT_CONFIG,
    ...(raw.output !== undefined && { output: raw.output }),
    json: raw.json ?? false,
    builtAt: readBuiltAt(raw.builtAt, env, now),
    colour: raw.color ?? true,
    quiet: raw.quiet ?? false,
  };
}

/** What is typed again behind a command to mean the same: " --config elsewhere/config.yml", or "". */
export interface TypedAgain {
  readonly network: string;
  readonly output: string;
}

export function typedAgain({ configPath, output }: GlobalOptions): TypedAgain {
  return {
    network: configPath === DEFAULT_CONFIG ? "" : ` --config ${quoted(configPath)}`,
    output: output === undefined ? "" : ` --output ${quoted(output)}`,
  };
}

/** For a shell, where it has to be. */
export function quoted(path: string): string {
  return /^[\w./~+@%-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The end of the year 9999, the last that ISO 8601 writes with four digits. */
const LAST_SECOND = 253_402_300_799;

/** `--built-at`, else SOURCE_DATE_EPOCH (reproducible-builds.org), else the clock. */
function readBuiltAt(typed: string | undefined, env: Environment, now: number): number {
  if (typed !== undefined) {
    const time = parseTime(typed);
    if (time === null) {
      throw new UsageError(
        `--built-at "${typed}" is not a time`,
        "write 2026-11-22, 2026-11-22T11:40:00Z or seconds since 1970",
      );
    }
    return time;
  }
  const epoch = env["SOURCE_DATE_EPOCH"];
  if (epoch !== undefined && epoch !== "") {
    const time = parseSeconds(epoch);
    if (time === null) {
      throw new UsageError(
        `SOURCE_DATE_EPOCH "${epoch}" is not a number of seconds since 1970`,
        "unset it, or give --built-at",
      );
    }
    return time;
  }
  return Math.floor(now / 1000);
}

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/;

/** Seconds since 1970 of an ISO 8601 time with its zone, a day (its start in UTC), or a number. */
export function parseTime(text: string): number | null {
  const day = ISO_TIME.exec(text)?.[1];
  if (day === undefined) return parseSeconds(text);
  // Date.parse carries the 31st of a short month over into the next; such a day is none.
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== day) return null;
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) || milliseconds < 0 ? null : Math.floor(milliseconds / 1000);
}

function parseSeconds(text: string): number | null {
  if (!/^\d{1,12}$/.test(text)) return null;
  const seconds = Number(text);
  return seconds <= LAST_SECOND ? seconds : null;
}
