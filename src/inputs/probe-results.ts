/** What asking mirrors has shown, from the file that the prober keeps. */
import type { Report, SourceFile } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type { ProbeState } from "../model/probe-state.ts";
import { PROBE_STATE_BYTES, readProbeState } from "../model/probe-state-file.ts";
import { displayPath, readTextFileIfAny } from "../sources/files.ts";

export interface ProbeResults {
  readonly file: SourceFile;
  /** Null when the file cannot be used, which has been reported. */
  readonly state: ProbeState | null;
}

/** Results older than this may be wrong by now. */
const FRESH_DAYS = 3;

/** Undefined where mirrors were never asked. `at` is in seconds since 1970. */
export function readProbeResults(
  path: string,
  at: number,
  report: Report,
): ProbeResults | undefined {
  const file = readTextFileIfAny(path, PROBE_STATE_BYTES, report);
  if (file === "absent") return undefined;
  const state = file && readProbeState(file, report);
  const placed = { path: displayPath(path), text: "" };
  if (!file || !state) return { file: placed, state: null };
  const days = Math.floor((at - state.probedAt) / 86_400);
  if (days > FRESH_DAYS) report(problem("probe-state-old", { file: placed }, { days }));
  return { file, state };
}
