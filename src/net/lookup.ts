/** The addresses of a host, looked up once and held against the policy every time. */
import { type Address, formatAddress, parseAddress } from "../ip/address.ts";
import type { AddressPolicy } from "./address-policy.ts";
import { beforeAbort, type Deadline } from "./deadline.ts";
import { NetError, printable } from "./failure.ts";
import { ResolveError, type Resolver } from "./resolver.ts";

export interface LookupOptions {
  readonly policy: AddressPolicy;
  readonly resolver: Resolver;
  readonly now: () => number;
}

/** An address that may be connected to. */
export interface CheckedAddress {
  readonly family: 4 | 6;
  readonly text: string;
}

export interface Lookup {
  /**
   * The addresses of a name, or the host itself where it is an address. A name of which one address
   * is refused is refused with all: who mixes public and private addresses tries something.
   * @throws {NetError} dns-missing, dns-unanswered, no-address, refused-address, cancelled
   */
  addresses(host: string, family: 4 | 6, deadline: Deadline): Promise<readonly CheckedAddress[]>;
}

/** Long enough for all that is asked of a mirror, short enough to follow a move within the hour. */
const KEPT_MS = 5 * 60 * 1000;
const MOST_KEPT = 10_000;

interface Kept {
  readonly answer: Promise<readonly string[]>;
  readonly at: number;
}

/** `closed` is the session's end, which gives up look-ups that several requests wait for. */
export function openLookup(options: LookupOptions, closed: AbortSignal): Lookup {
  const kept = new Map<string, Kept>();

  const lookUp = (host: string, family: 4 | 6): Promise<readonly string[]> => {
    const key = `${family} ${host}`;
    const known = kept.get(key);
    if (known && options.now() - known.at < KEPT_MS) return known.answer;
    if (kept.size >= MOST_KEPT) kept.clear();
    const answer = options.resolver.resolve(host, family, closed);
    const entry = { answer, at: options.now() };
    kept.set(key, entry);
    // A failure of ours may be over at the next request. Waiters hear of it by their own promise.
    answer.catch((error) => {
      const lasting = error instanceof ResolveError && error.kind === "missing";
      if (!lasting && kept.get(key) === entry) kept.delete(key);
    });
    return answer;
  };

  return {
    async addresses(host, family, deadline) {
      const literal = parseAddress(host);
      if (literal) {
        if (literal.family !== family) throw noAddress(host, family);
        if (family === 6) await refuseTranslated(host, options.resolver, deadline);
        return [checked(literal, options.policy)];
      }
      let found: readonly string[];
      try {
        found = await beforeAbort(lookUp(host, family), deadline.signal);
      } catch (error) {
        throw lookupError(error, host);
      }
      if (found.length === 0) throw noAddress(host, family);
      return found.map((text) => {
        const address = parseAddress(text);
        if (address?.family === family) return checked(address, options.policy, host);
        const words = `${host} is at ${printable(text, 50)}, which is no address of IPv${family}`;
        throw new NetError("refused-address", words);
      });
    },
  };
}

/** No name was looked up that could have told. */
async function refuseTranslated(
  host: string,
  resolver: Resolver,
  { signal }: Deadline,
): Promise<void> {
  const asked = resolver.isTranslated?.(host, signal) ?? Promise.resolve(false);
  const is = await beforeAbort(asked, signal).catch((error) => {
    throw lookupError(error, "ipv4only.arpa");
  });
  if (is) throw new NetError("refused-address", `${host}: our network translates it to IPv4`);
}

function checked(address: Address, policy: AddressPolicy, host?: string): CheckedAddress {
  const text = formatAddress(address.family, address.words);
  const why = policy(address);
  if (why === null) return { family: address.family, text };
  const where = host === undefined ? text : `${host} is at ${text}`;
  throw new NetError("refused-address", `${where}: ${why}`);
}

function noAddress(host: string, family: 4 | 6): NetError {
  return new NetError("no-address", `${host} has no IPv${family} address`);
}

/** Time that passes while we look a name up says nothing of the host. */
function lookupError(error: unknown, host: string): NetError {
  if (error instanceof NetError && error.failure !== "timeout") return error;
  if (error instanceof ResolveError) {
    const failure = error.kind === "missing" ? "dns-missing" : "dns-unanswered";
    return new NetError(failure, error.message);
  }
  const words =
    error instanceof NetError
      ? `our name server does not answer for ${host} in time`
      : `our look-up of ${host} failed`;
  return new NetError("dns-unanswered", words);
}
