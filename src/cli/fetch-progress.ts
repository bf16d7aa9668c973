/** How far fetching is: a living line for a person, a line for each thing and now and then for a log. */
import { visible } from "../diagnostics/wording.ts";
import type { FetchEvent } from "../refresh/fetch-task.ts";
import { formatBytes } from "./format.ts";
import { openProgress } from "./progress.ts";
import type { Terminal } from "./terminal.ts";

export interface FetchProgress {
  readonly event: (event: FetchEvent) => void;
  readonly finish: () => void;
}

/** A log that says nothing for longer looks as if it hung. */
const LOG_EVERY_MS = 15_000;

/** `clock` gives milliseconds. */
export function openFetchProgress(terminal: Terminal, clock: () => number): FetchProgress {
  const progress = openProgress(terminal, clock);
  const loggedAt = new Map<string, number>();
  let total = 0;
  let ended = 0;

  function event(event: FetchEvent): void {
    if (event.kind === "plan") total = event.total;
    if (event.kind === "end") ended++;
    if (terminal.live) {
      const detail = detailOf(event);
      progress.report({ phase: "fetching", done: ended, total, ...(detail && { detail }) });
      return;
    }
    if (event.kind === "start") {
      loggedAt.set(event.name, clock());
      terminal.err(`fetching ${event.name} ...\n`);
    } else if (event.kind === "retry") {
      terminal.err(`fetching ${detailOf(event)}\n`);
    } else if (event.kind === "bytes") {
      if (clock() - (loggedAt.get(event.name) ?? 0) < LOG_EVERY_MS) return;
      loggedAt.set(event.name, clock());
      terminal.err(`fetching ${detailOf(event)}\n`);
    }
  }

  return { event, finish: progress.finish };
}

function detailOf(event: FetchEvent): string | undefined {
  if (event.kind === "start") return event.name;
  // The reason is of a server.
  if (event.kind === "retry") {
    return visible(`${event.name}  again in ${event.seconds} s: ${event.reason}`);
  }
  if (event.kind !== "bytes") return undefined;
  const of = event.total === undefined ? "" : ` of ${formatBytes(event.total)}`;
  return `${event.name}  ${formatBytes(event.done)}${of}`;
}
