/**
 * What to do about a result, in more than its reason tells: the same timeout is another thing of IPv6,
 * and of rsync, than of a mirror that is gone.
 */
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "./probe-reasons.ts";
import type { CheckId, CheckResult } from "./probe-state.ts";

/** A whole sentence or more; "" where nothing is to be done. */
export function adviceOf(
  check: CheckId,
  { reason, detail = "" }: Pick<CheckResult, "reason" | "detail">,
): string {
  const found = SPECIAL.find(
    (special) =>
      special.reasons.includes(reason) &&
      (special.check?.test(check) ?? true) &&
      (special.detail?.test(detail) ?? true),
  );
  const advice = found?.advice ?? PROBE_REASONS[reason].advice;
  return outcomeOf(reason) === "unknown" && advice !== ""
    ? `${advice} Nothing is held against the mirror.`
    : advice;
}

interface SpecialAdvice {
  readonly reasons: readonly ProbeReason[];
  readonly check?: RegExp;
  /** What the words of the result hold: codes and status lines, which are ours. */
  readonly detail?: RegExp;
  readonly advice: string;
}

const IPV6 = /\/ipv6$/;
const RSYNC = /^rsync$/;

/** The first that fits. */
const SPECIAL: readonly SpecialAdvice[] = [
  {
    reasons: ["down", "timeout"],
    check: RSYNC,
    advice:
      'See whether the rsync daemon runs and its port is open to everybody, or take "rsync" out of the mirror\'s file.',
  },
  {
    reasons: ["protocol", "too-large"],
    check: RSYNC,
    advice:
      'See what listens on this port in place of the rsync daemon, or take "rsync" out of the mirror\'s file.',
  },
  {
    reasons: ["down", "timeout"],
    check: IPV6,
    advice: "Let the server answer over IPv6, or remove the AAAA record: clients try it first.",
  },
  {
    reasons: ["refused-address"],
    check: IPV6,
    advice: "Give its name a public IPv6 address, or remove the AAAA record.",
  },
  {
    reasons: ["down"],
    detail: /before its answer is complete/,
    advice: "See the server's log: it takes connections and ends them in the middle.",
  },
  {
    reasons: ["tls"],
    detail: /CERT_HAS_EXPIRED/,
    advice: "Renew the certificate, and see why that did not happen by itself.",
  },
  {
    reasons: ["tls"],
    detail: /CERT_NOT_YET_VALID/,
    advice: "See whether the clock of this machine is behind, else serve the old certificate on.",
  },
  {
    reasons: ["tls"],
    detail: /ERR_TLS_CERT_ALTNAME_INVALID/,
    advice: "Get a certificate for this very host name.",
  },
  {
    reasons: ["tls"],
    detail: /SELF_SIGNED_CERT/,
    advice: "Get a certificate of an authority that clients trust.",
  },
  {
    reasons: ["tls"],
    detail: /UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/,
    advice: "Serve the whole chain of certificates, not the last one alone.",
  },
  {
    reasons: ["tls"],
    detail: /fails at TLS/,
    advice:
      'See whether the port speaks https, by TLS 1.2 or later, or take "https" out of the mirror\'s file.',
  },
  {
    reasons: ["http-status"],
    detail: /^40[137]\b/,
    advice:
      "Let everybody read the files: see their permissions, and whether the prober is blocked.",
  },
  {
    reasons: ["http-status"],
    detail: /^(?:429|503)\b/,
    advice: "See whether the server has too much to do, or limits how often it is asked.",
  },
  { reasons: ["http-status"], detail: /^5/, advice: "See the server's log." },
  { reasons: ["wrong-content"], detail: /^it is empty/, advice: "Mirror the file again." },
  {
    reasons: ["skipped"],
    detail: /./,
    advice: 'Ask for the prober to be let in, or make it slower by "probe: {per_host: 1}".',
  },
];
