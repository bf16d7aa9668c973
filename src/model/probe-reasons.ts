/** Why a check of a mirror ended as it did: a fixed vocabulary, in words and with what to do. */

/**
 * What a result says of the mirror. "unknown" says nothing: the fault may be ours, so the mirror
 * stays as it was.
 */
export type Outcome = "good" | "bad" | "unknown";

interface ReasonEntry {
  readonly outcome: Outcome;
  /** What happened, to stand behind the name of a check. */
  readonly text: string;
  /**
   * What whoever runs the mirror can do, and of what is unknown whoever runs the prober: a whole
   * sentence; "" where nothing is to be done.
   */
  readonly advice: string;
}

export const PROBE_REASONS = {
  ok: { outcome: "good", text: "ok", advice: "" },

  dns: {
    outcome: "bad",
    text: "its name does not exist",
    advice: "Mend the DNS record, or the name in the mirror's file.",
  },
  "no-address": {
    outcome: "bad",
    text: "its name has no IPv4 address",
    advice: "Add an A record: most clients have IPv4 alone.",
  },
  "refused-address": {
    outcome: "bad",
    text: "it is at an address that is not public",
    advice: "Let its name have public addresses only.",
  },
  down: {
    outcome: "bad",
    text: "it does not accept connections",
    advice: "See whether the server runs and its firewall lets everybody in.",
  },
  timeout: {
    outcome: "bad",
    text: "it does not answer in time",
    advice: "See whether the server is overloaded, or drops packets of some networks.",
  },
  tls: {
    outcome: "bad",
    text: "its certificate cannot be trusted",
    advice: "Renew the certificate, for this very host name, and serve the whole chain.",
  },
  redirect: {
    outcome: "bad",
    text: "it redirects too often, in a circle, or where nobody may be sent",
    advice: "Serve the files where the mirror's file says they are.",
  },
  "http-status": {
    outcome: "bad",
    text: "it answers with an error",
    advice: "See the server's log, and whether the path in the mirror's file is right.",
  },
  protocol: {
    outcome: "bad",
    text: "its answer cannot be understood",
    advice: "See what else listens on this port.",
  },
  "too-large": {
    outcome: "bad",
    text: "its answer does not end",
    advice: "See what the server sends for this path.",
  },
  encoding: {
    outcome: "bad",
    text: "it compresses files for clients that do not ask for it",
    advice: "Serve the files as they are.",
  },
  "wrong-content": {
    outcome: "bad",
    text: "something else is served in place of the file",
    advice: "See whether a login page, a proxy or another site answers for this host name.",
  },
  "missing-time": {
    outcome: "bad",
    text: "it has no timestamp",
    advice: "Mirror the whole tree, the timestamp at its top included.",
  },
  "bad-time": {
    outcome: "bad",
    text: "its timestamp cannot be read",
    advice: "Mirror the timestamp as it is.",
  },
  stale: {
    outcome: "bad",
    text: "its copy is out of date",
    advice: "See whether its updates run, and run more often than allowed_outdate.",
  },
  future: {
    outcome: "bad",
    text: "its timestamp lies in the future",
    advice: "Mirror the timestamp as it is, and do not write one.",
  },
  "missing-version": {
    outcome: "bad",
    text: "it lacks a version",
    advice: 'Mirror it, or say under "carries:" which versions it has.',
  },
  "missing-arch": {
    outcome: "bad",
    text: "it lacks an architecture",
    advice: 'Mirror it, or say under "carries:" which architectures it has.',
  },
  "missing-repo": {
    outcome: "bad",
    text: "it lacks a repository",
    advice: 'Mirror it, or say under "carries:" which repositories it has.',
  },
  "missing-isos": {
    outcome: "bad",
    text: "its set of ISO images is not complete",
    advice: 'Mirror them all, or write "carries: {isos: false}".',
  },

  unanswered: {
    outcome: "unknown",
    text: "our resolver has no answer for its name",
    advice: 'Ask another name server for it; "probe: {resolvers: [...]}" has the prober do so.',
  },
  "no-route": {
    outcome: "unknown",
    text: "this machine has no way to addresses of the family",
    advice: "",
  },
  deadline: {
    outcome: "unknown",
    text: "there was no time left to ask",
    advice: 'Give it more: "probe: {mirror_time: 5m, run_time: 1h}".',
  },
  skipped: {
    outcome: "unknown",
    text: "not asked, as its timestamp does not come",
    advice: "",
  },
} as const satisfies Readonly<Record<string, ReasonEntry>>;

export type ProbeReason = keyof typeof PROBE_REASONS;

export function outcomeOf(reason: ProbeReason): Outcome {
  return PROBE_REASONS[reason].outcome;
}

export function isProbeReason(text: unknown): text is ProbeReason {
  return typeof text === "string" && Object.hasOwn(PROBE_REASONS, text);
}
