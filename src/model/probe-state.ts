/**
 * `state/probe.json`: what is known of each mirror from asking it, and for how long. The prober
 * writes it, the build reads it; `PROBE_STATE_SCHEMA` describes it.
 */
import type { ProbeReason } from "./probe-reasons.ts";

/**
 * What is checked of a mirror, as the key of its result:
 *
 *     dns                        the mirror's name
 *     http/ipv4                  the timestamp over a protocol and a family; so https/ipv6 ...
 *     kitten:http/ipv4           the same of an optional module's own addresses
 *     repo:9.8/baseos/x86_64     the repomd.xml of a version's folder, a repository, an architecture
 *     isos, kitten:isos          the full set of images of a product
 *     rsync                      the greeting
 */
export type CheckId = string;

/** What one check gave in one run. */
export interface CheckResult {
  readonly reason: ProbeReason;
  /** In words, of one line: "connection refused", "404", "missing 9.8/isos/x86_64/CHECKSUM". */
  readonly detail?: string;
  /** What was asked for, after redirects. */
  readonly url?: string;
  /** Seconds since 1970. */
  readonly at: number;
  /** How long it took, in milliseconds. */
  readonly took?: number;
  /** What the timestamp says: seconds since 1970. */
  readonly updatedAt?: number;
  /** The end of the certificate: seconds since 1970. */
  readonly expiresAt?: number;
}

export interface MirrorResult {
  readonly name: string;
  /** Those that its host names have, whatever came of them; in text. */
  readonly addresses: { readonly ipv4: readonly string[]; readonly ipv6: readonly string[] };
  readonly checks: ReadonlyMap<CheckId, CheckResult>;
}

/** What is held of a check over many runs. */
export interface CheckState extends CheckResult {
  /** What the build goes by. */
  readonly good: boolean;
  /** Since when, in seconds since 1970. */
  readonly since: number;
  /** How many results in a row speak against `good`; those that came too soon are not counted. */
  readonly against: number;
  /** When the last of the row was that counted; absent where that is `at`. */
  readonly countedAt?: number;
  /** When it was good last, in seconds since 1970. */
  readonly goodAt?: number;
}

export interface MirrorState {
  readonly addresses: MirrorResult["addresses"];
  /** Of repositories only those whose last result, or what is held of them, is not good. */
  readonly checks: Readonly<Record<CheckId, CheckState>>;
  /** How many repositories were asked for last. */
  readonly repositories: number;
}

export interface ProbeState {
  /** Of the last run that counted: seconds since 1970. */
  readonly probedAt: number;
  /** The start of the last run that a person said to count although it was suspect. */
  readonly acceptedAt?: number;
  /** By what the timestamps were judged. */
  readonly allowedOutdateSeconds: number;
  readonly mirrors: Readonly<Record<string, MirrorState>>;
}
