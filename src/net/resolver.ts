/**
 * Names -> addresses, by name servers alone: neither /etc/hosts nor search domains, which would
 * give "localhost" and single labels a meaning that the rest of the Internet does not share.
 */
import { Resolver as DnsResolver } from "node:dns/promises";
import { openDeadline } from "./deadline.ts";
import { codeOf } from "./failure.ts";

export interface Resolver {
  /**
   * The addresses of a family, as text, unchecked; [] where the name exists and has none.
   * @throws {ResolveError}
   */
  resolve(host: string, family: 4 | 6, signal: AbortSignal): Promise<readonly string[]>;
  /**
   * Whether our own network would translate what is sent to this IPv6 address; absent where nobody
   * asks for that. No address that `resolve` gives is one.
   * @throws {ResolveError}
   */
  isTranslated?(address: string, signal: AbortSignal): Promise<boolean>;
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

export interface Patience {
  /** How long a server is waited for in the first round; twice as long in the second, and so on. */
  readonly firstTryMs: number;
  /** How often all servers are asked. */
  readonly rounds: number;
  /** For a look-up with all its rounds. */
  readonly allMs: number;
}

/** Below the time of a request, so that a dead name server is not taken for a dead mirror. */
const usualPatience: Patience = { firstTryMs: 2000, rounds: 2, allMs: 8000 };

/**
 * Asks these name servers ("192.0.2.53", "[2001:db8::53]:5353"), those of the system if there are
 * none, one after the other: Node has c-ares take a server's "I cannot" for the answer instead of
 * asking the next. Each question has a channel, and so a source port, of its own, and can be
 * cancelled without the others.
 */
export function openResolver(servers: readonly string[], patience = usualPatience): Resolver {
  return {
    async resolve(host, family, signal) {
      const deadline = openDeadline({ seconds: patience.allMs / 1000, signals: [signal] });
      try {
        return await askAll(servers, patience, { host, family, until: deadline.signal });
      } finally {
        deadline.end();
      }
    },
  };
}

/** The first answer of a server that has one, be it that there is no such name. */
async function askAll(
  servers: readonly string[],
  { firstTryMs, rounds }: Patience,
  wanted: Question,
): Promise<readonly string[]> {
  const asked = servers.length > 0 ? servers : new DnsResolver().getServers();
  let code = "ETIMEOUT";
  for (let round = 1; round <= rounds; round++) {
    for (const server of asked) {
      const answer = await ask(server, round * firstTryMs, wanted);
      if (typeof answer !== "string") return answer;
      code = answer;
      if (FINAL.has(code)) throw resolveError(code, wanted.host);
    }
  }
  throw resolveError(code, wanted.host);
}

const FINAL = new Set(["ENOTFOUND", "EBADNAME"]);

interface Question {
  readonly host: string;
  readonly family: 4 | 6;
  readonly until: AbortSignal;
}

/** The addresses, or the code of c-ares for why there are none. */
async function ask(
  server: string,
  timeout: number,
  { host, family, until }: Question,
): Promise<readonly string[] | string> {
  if (until.aborted) return "ECANCELLED";
  const dns = new DnsResolver({ timeout, tries: 1 });
  const cancel = (): void => dns.cancel();
  until.addEventListener("abort", cancel, { once: true });
  try {
    dns.setServers([server]);
    return await (family === 4 ? dns.resolve4(host) : dns.resolve6(host));
  } catch (error) {
    const code = codeOf(error);
    return code === "ENODATA" ? [] : code;
  } finally {
    until.removeEventListener("abort", cancel);
  }
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
