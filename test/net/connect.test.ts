import { describe, expect, it } from "vitest";
import { hasRoute } from "../../src/net/connect.ts";
import { codeOf, failureOf } from "../../src/net/failure.ts";

describe("hasRoute", () => {
  it("asks the kernel, which refuses an address that no socket may be connected to", async () => {
    expect(await hasRoute({ family: 4, text: "127.0.0.1" })).toBe(true);
    expect(await hasRoute({ family: 6, text: "::1" })).toBe(true);
    // The broadcast address needs a permission that was not asked for (EACCES).
    expect(await hasRoute({ family: 4, text: "255.255.255.255" })).toBe(false);
  });
});

describe("failureOf", () => {
  const coded = (code: string): Error => Object.assign(new Error("x"), { code });

  it("blames nobody else for what this machine lacks, and for what is not known", () => {
    for (const code of [
      "EMFILE",
      "ENOBUFS",
      "EADDRNOTAVAIL",
      "EPERM",
      "ENETDOWN",
      "EWHATEVER",
      "",
    ]) {
      expect(failureOf(coded(code), "connect"), code).toBe("no-route");
    }
  });

  it("tells TLS from what a socket says during its handshake", () => {
    expect(failureOf(coded("CERT_HAS_EXPIRED"), "tls")).toBe("tls");
    expect(failureOf(coded("ECONNRESET"), "tls")).toBe("reset");
    expect(failureOf(coded("ERR_SSL_DECRYPTION_FAILED"), "answer")).toBe("tls");
    expect(failureOf(coded("HPE_INVALID_CHUNK_SIZE"), "answer")).toBe("protocol");
  });

  it("reads codes of errors only", () => {
    expect([
      codeOf(coded("A")),
      codeOf({ code: "A" }),
      codeOf(null),
      codeOf(new Error("x")),
    ]).toEqual([...["A", "", "", ""]]);
  });
});
