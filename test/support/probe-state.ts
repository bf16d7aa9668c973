/** States of mirrors that were asked, as a build reads them. */
import type { ProbeReason } from "../../src/model/probe-reasons.ts";
import type { CheckState, MirrorState } from "../../src/model/probe-state.ts";

/** 2026-11-22T03:00:00Z */
export const ASKED_AT = 1_795_316_400;

export function held(reason: ProbeReason, fields: Partial<CheckState> = {}): CheckState {
  return { good: reason === "ok", reason, at: ASKED_AT, since: ASKED_AT, against: 0, ...fields };
}

export function stateOf(
  checks: Readonly<Record<string, CheckState>>,
  addresses: Partial<MirrorState["addresses"]> = {},
): MirrorState {
  return { addresses: { ipv4: [], ipv6: [], ...addresses }, repositories: 0, checks };
}

/** Of a mirror that fails these checks and no other. */
export function stateFailing(checks: readonly string[], reason: ProbeReason): MirrorState {
  return stateOf(Object.fromEntries(checks.map((check) => [check, held(reason)])));
}
