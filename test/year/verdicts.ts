/** Whether a hold, a refusal or a failure is deserved by what was planted. */
import type { Outcome } from "./night.ts";
import type { Fault } from "./schedule.ts";

export type Step = "probe" | "build";

/** The cause in the schedule, in a few words; null for one that nothing deserved. */
export function causeOf(step: Step, outcome: Outcome, faults: readonly Fault[]): string | null {
  const found = faults.find((fault) => deserves(step, outcome.kind, fault));
  return found === undefined ? null : describe(found);
}

function deserves(step: Step, kind: Outcome["kind"], fault: Fault): boolean {
  const isSafeguard = kind === "held" || kind === "refused";
  switch (fault.kind) {
    case "vantage":
    case "origin-stalls":
      return step === "probe" && isSafeguard;
    case "clock-back":
      // All timestamps lie in the future, and the generation would be older.
      return isSafeguard;
    case "geoip": {
      const isReadable = fault.what === "halved" || fault.what === "older";
      return step === "build" && (isReadable ? isSafeguard : kind === "failed");
    }
    case "pull-request":
      if (fault.what === "empties-the-folder") return kind === "failed";
      return fault.what === "removes-most-mirrors" && step === "build" && isSafeguard;
    case "disk-full":
    case "killed":
      return step === fault.of && kind === "failed";
    case "state-truncated":
      return kind === "failed";
    case "fire":
    case "rebuilt":
    case "leave":
    case "return":
    // The night after is compared with the content that the operator went back to.
    case "rollback":
      return step === "build" && isSafeguard;
  }
}

export function describe(fault: Fault): string {
  switch (fault.kind) {
    case "vantage":
      return `vantage ${fault.vantage}`;
    case "geoip":
      return `GeoIP ${fault.what}`;
    case "pull-request":
      return `pull request ${fault.what}`;
    case "disk-full":
      return `disk full for the ${fault.of}`;
    case "killed":
      return `${fault.of} killed`;
    case "clock-back":
      return `clock ${fault.days} days back`;
    case "fire":
      return `${fault.mirrors.length} mirrors burnt`;
    case "rebuilt":
      return `${fault.mirrors.length} burnt mirrors back`;
    case "leave":
      return `${fault.mirrors.length} mirrors taken out`;
    case "return":
      return `${fault.mirrors.length} mirrors put in`;
    default:
      return fault.kind;
  }
}
