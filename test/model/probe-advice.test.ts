import { describe, expect, test } from "vitest";
import { adviceOf } from "../../src/model/probe-advice.ts";
import { outcomeOf, PROBE_REASONS, type ProbeReason } from "../../src/model/probe-reasons.ts";

const REASONS = Object.keys(PROBE_REASONS) as ProbeReason[];

describe("adviceOf", () => {
  test("has something to do about all that is bad, over each way and for each content", () => {
    const checks = [
      "dns",
      "http/ipv4",
      "https/ipv6",
      "kitten:http/ipv4",
      "repo:9/a/b",
      "isos",
      "rsync",
    ];
    for (const reason of REASONS.filter((reason) => outcomeOf(reason) === "bad")) {
      for (const check of checks) expect(adviceOf(check, { reason })).toMatch(/^[A-Z].*\.$/);
    }
  });

  test("has nothing to say of what is in order", () => {
    expect(adviceOf("http/ipv4", { reason: "ok" })).toBe("");
  });

  test("says of what is unknown that nothing is held against the mirror", () => {
    for (const reason of ["unanswered", "deadline"] as const) {
      expect(adviceOf("dns", { reason })).toMatch(/ Nothing is held against the mirror\.$/);
    }
  });

  test.each([
    ["https/ipv4", "tls", "it has expired (CERT_HAS_EXPIRED)", "Renew"],
    [
      "https/ipv4",
      "tls",
      "it is for another host name (ERR_TLS_CERT_ALTNAME_INVALID)",
      "very host",
    ],
    ["https/ipv4", "tls", "its chain is not complete (UNABLE_TO_GET_ISSUER_CERT_LOCALLY)", "chain"],
    ["https/ipv4", "tls", "it is signed by itself (DEPTH_ZERO_SELF_SIGNED_CERT)", "authority"],
    ["https/ipv4", "tls", "m (192.0.2.1, port 443) fails at TLS (EPROTO)", 'take "https" out'],
    ["http/ipv6", "down", "m (2001:db8::1, port 80) refuses connections", "AAAA"],
    ["http/ipv4", "down", "m (192.0.2.1, port 80) refuses connections", "firewall"],
    ["http/ipv4", "down", "m closes the connection before its answer is complete", "log"],
    ["http/ipv4", "http-status", "403 Forbidden", "permissions"],
    ["http/ipv4", "http-status", "503 Service Unavailable", "too much to do"],
    ["http/ipv4", "http-status", "500 Internal Server Error", "log"],
    ["rsync", "timeout", "no full answer within 10 s", 'take "rsync" out'],
    ["rsync", "protocol", '"SSH-2.0-OpenSSH"', "in place of the rsync daemon"],
    ["repo:9/a/b", "wrong-content", "it is empty", "again"],
  ] as const)("of %s, %s: %s", (check, reason, detail, word) => {
    expect(adviceOf(check, { reason, detail })).toContain(word);
  });
});
