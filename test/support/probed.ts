/** Results of asking mirrors, written by hand. */
import type { ProbeReason } from "../../src/model/probe-reasons.ts";
import type { CheckId, CheckResult, MirrorResult } from "../../src/model/probe-state.ts";
import { ASKED_AT } from "./probe-state.ts";

type Written = ProbeReason | (Partial<CheckResult> & { readonly reason: ProbeReason });

/** Each check by its reason, or with what else is known of it. */
export function resultOf(
  name: string,
  checks: Readonly<Record<CheckId, Written>>,
  addresses: Partial<MirrorResult["addresses"]> = {},
): MirrorResult {
  return {
    name,
    addresses: { ipv4: ["192.0.2.1"], ipv6: [], ...addresses },
    checks: new Map(
      Object.entries(checks).map(([check, written]) => [
        check,
        { at: ASKED_AT, ...(typeof written === "string" ? { reason: written } : written) },
      ]),
    ),
  };
}
