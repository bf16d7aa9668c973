/** Between compiling and publishing: what is to be published, held against what is in place. */
import { acceptanceDigest } from "./compare/acceptance.ts";
import { diffGenerations, type NetworkDiff } from "./compare/diff.ts";
import type { GateFinding } from "./compare/gate-finding.ts";
import { checkGates } from "./compare/gates.ts";
import type { GateContext } from "./compare/gates-mirrors.ts";
import { type ComparedGeneration, openCompared, openMade } from "./compare/generation.ts";
import { routesTrie } from "./compare/number-tries.ts";
import { RefusedError } from "./diagnostics/refusal.ts";
import type { Artifact } from "./emit/artifact.ts";
import type { Generation } from "./emit/generation.ts";
import { nodeFileSystem } from "./publish/file-system.ts";
import { currentId, generationFolder } from "./publish/generations.ts";
import { readGenerationBytes } from "./sources/generation-file.ts";

/** True takes what is held; a digest, what is refused as well. */
export type Acceptance = true | string;

export interface GateReport {
  /** Id of the generation in place; absent where there is none, and so nothing to compare with. */
  readonly against?: string;
  readonly findings: readonly GateFinding[];
  /** What accepts these findings and no others; absent where there are none. */
  readonly digest?: string;
  /** Absent where the generation in place cannot be compared. */
  readonly diff?: NetworkDiff;
}

/** Nothing was published; what was in place still is. */
export class GatesRefusedError extends RefusedError {
  readonly report: GateReport;

  constructor(report: GateReport, reason: string, remedy: string) {
    super(reason, remedy);
    this.name = "GatesRefusedError";
    this.report = report;
  }
}

/**
 * What the gates find; an empty report where nothing is in place. Throws `GatesRefusedError` for
 * findings that are not accepted.
 */
export function passGates(
  outputDir: string,
  { id, files }: Generation,
  context: GateContext,
  accepted: Acceptance | undefined,
): GateReport {
  const against = currentId(outputDir, nodeFileSystem);
  if (against === undefined || against === id) return { findings: [] };
  const before = openInPlace(generationFolder(outputDir, against));
  const report = judge(against, before, files, context);
  requireAccepted(report, accepted);
  return report;
}

function judge(
  against: string,
  before: ComparedGeneration | Error,
  files: readonly Artifact[],
  context: GateContext,
): GateReport {
  const after = openMade(files);
  const diff = before instanceof Error ? before : diffWith(before, after);
  if (diff instanceof Error) {
    return { against, findings: [incomparable(diff)], digest: acceptanceDigest(files, against) };
  }
  const findings = checkGates(diff, context);
  const digest = findings.length > 0 ? { digest: acceptanceDigest(files, against) } : {};
  return { against, findings, diff, ...digest };
}

/** What is wrong with the files in place, if they do not fit together. */
function diffWith(before: ComparedGeneration, after: ComparedGeneration): NetworkDiff | Error {
  try {
    return diffGenerations(before, after);
  } catch (error) {
    // Throws where it is not the files in place but those just made.
    diffGenerations(after, after);
    routesTrie(after.routes, after.index);
    return asError(error);
  }
}

function openInPlace(folder: string): ComparedGeneration | Error {
  try {
    return openCompared((path) => readGenerationBytes(folder, path));
  } catch (error) {
    return asError(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** One of an older version of this program, or one that somebody has damaged. */
function incomparable({ message }: Error): GateFinding {
  return {
    gate: "comparison",
    verdict: "hold",
    found: `the generation in place cannot be compared with: ${message}`,
    limit: "held where nobody can say what would change",
    check: "See with --dry-run what would be published.",
  };
}

function requireAccepted(report: GateReport, accepted: Acceptance | undefined): void {
  const { findings, digest, against } = report;
  const isRefused = findings.some(({ verdict }) => verdict === "refuse");
  if (findings.length === 0 || accepted === digest || (accepted === true && !isRefused)) return;
  const lines = findings.map(({ verdict, found, limit }) => `${verdict}: ${found} (${limit})`);
  const what =
    typeof accepted === "string"
      ? `${accepted} is not the digest of what would be published in place of ${against}`
      : `what was built would not safely replace ${against}`;
  const ways = isRefused
    ? `Mend what is wrong and build again, or accept just this: --accept ${digest}.`
    : "Mend what is wrong and build again, or accept it: --accept.";
  throw new GatesRefusedError(report, [what, ...lines].join("\n"), ways);
}
