/** HTTP/1.1 to addresses that were checked, with bounded answers: the one way to the web. */
import type { AddressPolicy } from "./address-policy.ts";
import { openTrust, type Trust } from "./connect.ts";
import { type Deadline, openDeadline } from "./deadline.ts";
import type { Asked, RawAnswer, Sink } from "./exchange.ts";
import { NetError, withUrl } from "./failure.ts";
import { openLookup } from "./lookup.ts";
import { openPool } from "./pool.ts";
import { askAt, type Gate, type Reach } from "./reach.ts";
import type { Resolver } from "./resolver.ts";
import { parseTarget, redirectTarget, type Target } from "./target.ts";

export interface NetOptions {
  readonly policy: AddressPolicy;
  readonly resolver: Resolver;
  readonly userAgent: string;
  /** PEM of authorities to trust instead of Node's own: for tests. */
  readonly ca?: string;
  /** By `openTrust`, to be shared by sessions, in place of `ca`. */
  readonly trust?: Trust;
  /** Milliseconds. */
  readonly now: () => number;
  readonly gate?: Gate;
}

export interface HttpRequest {
  readonly url: string;
  readonly method?: "GET" | "HEAD";
  /** Absent: IPv4, and IPv6 where no address of IPv4 lets us connect. */
  readonly family?: 4 | 6;
  /** A longer body is "too-large". Of an answer that is no success, the first 4 KiB are kept. */
  readonly maxBytes: number;
  /** The body is cut after so many bytes; the rest is not waited for. */
  readonly stopAfter?: number;
  /** For the whole request, redirects included. */
  readonly seconds: number;
  /** Its abort is "cancelled". */
  readonly signal?: AbortSignal;
  /** Sent on to another origin: only those that say what is wanted, never who asks. */
  readonly headers?: Readonly<Record<string, string>>;
  /** 3; one more is "redirect". */
  readonly maxRedirects?: number;
  /** Gets the body of a success, which `body` lacks then. What it throws ends the request. */
  readonly sink?: Sink;
  /** No byte for so long is a timeout. */
  readonly stallSeconds?: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; values without control and bidi characters. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Of the last one asked. */
  readonly url: string;
  readonly redirects: number;
  readonly address: string;
  readonly family: 4 | 6;
  /** The end of the certificate, seconds since 1970. */
  readonly certificate?: { readonly expiresAt: number };
  readonly tookMs: number;
}

/**
 * Keeps a few connections per origin alive; connections go to the address that was checked, never
 * through a second look-up.
 */
export interface HttpSession {
  /** Any status is an answer but a redirect, which is followed. @throws {NetError} */
  request(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends all that is under way ("cancelled") and closes every connection. */
  close(): void;
}

export function openHttp(options: NetOptions): HttpSession {
  const closed = new AbortController();
  let trust = options.trust;
  const reach: Reach = {
    ...(options.gate && { gate: options.gate }),
    lookup: openLookup(options, closed.signal),
    pool: openPool(),
    trust: () => {
      trust ??= openTrust(options.ca);
      return trust;
    },
  };
  return {
    async request(request) {
      const signals = [request.signal, closed.signal];
      const deadline = openDeadline({ seconds: request.seconds, signals });
      try {
        return await follow({ reach, userAgent: options.userAgent }, request, deadline);
      } finally {
        deadline.end();
      }
    },
    close() {
      closed.abort();
      reach.pool.close();
    },
  };
}

const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Asks, and asks where the answer sends us, each time as if for the first time. */
async function follow(
  { reach, userAgent }: { readonly reach: Reach; readonly userAgent: string },
  request: HttpRequest,
  deadline: Deadline,
): Promise<HttpAnswer> {
  const startedAt = performance.now();
  const start = parseTarget(request.url);
  const most = request.maxRedirects ?? MAX_REDIRECTS;
  const seen = new Set<string>();
  let headers = request.headers ?? {};
  let target = start;
  for (let redirects = 0; ; redirects++) {
    seen.add(target.url);
    try {
      deadline.signal.throwIfAborted();
      const asked = askedOf(request, target, {
        ...headers,
        "user-agent": userAgent,
      });
      const { raw, address, expiresAt } = await askAt(reach, asked, request.family, deadline);
      if (!REDIRECTS.has(raw.status)) {
        const { status, body } = raw;
        return {
          ...{ status, headers: raw.headers, body, url: target.url, redirects },
          ...{
            address: address.text,
            family: address.family,
            tookMs: performance.now() - startedAt,
          },
          ...(expiresAt !== undefined && { certificate: { expiresAt } }),
        };
      }
      const next = redirectTarget(locationOf(raw), target, start);
      if (redirects >= most) throw new NetError("redirect", `it redirects more than ${most} times`);
      if (seen.has(next.url)) throw new NetError("redirect", "it redirects in a circle");
      if (next.origin !== target.origin) headers = withoutSecrets(headers);
      target = next;
    } catch (error) {
      if (!(error instanceof NetError)) throw error;
      throw withUrl(redirects > 0 ? redirectedThere(error) : error, target.url);
    }
  }
}

function askedOf(
  { method = "GET", maxBytes, stopAfter, sink, stallSeconds }: HttpRequest,
  target: Target,
  headers: Readonly<Record<string, string>>,
): Asked {
  return {
    ...{ target, method, headers, maxBytes },
    ...(stopAfter !== undefined && { stopAfter }),
    ...(sink !== undefined && { sink }),
    ...(stallSeconds !== undefined && { stallSeconds }),
  };
}

function locationOf({ locations }: RawAnswer): string {
  const [location] = locations;
  if (location === undefined) throw new NetError("redirect", "it redirects without saying where");
  if (locations.length === 1) return location;
  throw new NetError("redirect", "it redirects to several places at once");
}

/** What another origin may know: never a header that could say who asks. */
const HARMLESS = /^(?:accept|if-modified-since|if-none-match|if-range|range)$/i;

function withoutSecrets(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => HARMLESS.test(name)));
}

/** A host that sends us to an address that is refused does more than to have one. */
function redirectedThere(error: NetError): NetError {
  if (error.failure !== "refused-address") return error;
  return new NetError("redirect", `it redirects where nobody may be sent: ${error.message}`);
}
