/**
 * Names -> addresses, by name servers alone: neither /etc/hosts nor search domains, which would
 * give "localhost" and single labels a meaning that the rest of the Internet does not share.
 */
import { Resolver as DnsResolver } from "node:dns/promises";
import { codeOf } from "./failure.ts";

export interface Resolver {
  /**
   * The addresses of a family, as text, unchecked; [] where the name exists and has none.
   * @throws {ResolveError}
   */
  resolve(host: string, family: 4 | 6, signal: AbortSignal): Promise<readonly string[]>;
}

/** "missing": the name does not exist. "unanswered": our look-up failed, which may be our fault. */
export class ResolveError extends Error {
  override readonly name = "ResolveError";
  readonly kind: "missing" | "unanswered";

  constructor(kind: "missing" | "unanswered", message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Each server is asked twice, for two seconds and then for longer. */
const FIRST_TRY_MS = 2000;
const TRIES = 2;
/** Below the time of a request, so that a dead name server is not taken for a dead mirror. */
const ALL_MS = 8000;

/**
 * Asks these name servers ("192.0.2.53", "[2001:db8::53]:5353"), those of the system if there are
 * none. Each look-up has a channel of its own, and so a source port of its own, and can be
 * cancelled without the others.
 */
export function openResolver(servers: readonly string[]): Resolver {
  return {
    async resolve(host, family, signal) {
      const dns = new DnsResolver({ timeout: FIRST_TRY_MS, tries: TRIES });
      if (servers.length > 0) dns.setServers(servers);
      const cancel = (): void => dns.cancel();
      const timer = setTimeout(cancel, ALL_MS);
      signal.addEventListener("abort", cancel, { once: true });
      try {
        signal.throwIfAborted();
        return await (family === 4 ? dns.resolve4(host) : dns.resolve6(host));
      } catch (error) {
        const code = codeOf(error);
        if (code === "ENODATA") return [];
        throw resolveError(code, host);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
      }
    },
  };
}

function resolveError(code: string, host: string): ResolveError {
  if (code === "ENOTFOUND") return new ResolveError("missing", `${host} does not exist`);
  if (code === "EBADNAME") return new ResolveError("missing", `${host} is not a name of DNS`);
  const words = UNANSWERED[code] ?? `our look-up of ${host} failed`;
  return new ResolveError("unanswered", words.replace("NAME", host) + (code && ` (${code})`));
}

const UNANSWERED: Readonly<Record<string, string>> = {
  ESERVFAIL: "our name server cannot look up NAME",
  EREFUSED: "our name server refuses to look up NAME",
  ETIMEOUT: "our name server does not answer for NAME in time",
  ECANCELLED: "our name server does not answer for NAME in time",
  ECONNREFUSED: "our name server does not accept questions for NAME",
};
