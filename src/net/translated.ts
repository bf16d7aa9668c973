/**
 * IPv6 addresses that our own network makes up. Where it has no IPv4, its name servers may put the
 * IPv4 address of a name behind a prefix (DNS64, RFC 6147), and what is sent there is translated back.
 * Such an address is none that the name has, and leads wherever the IPv4 address in it does, be it
 * private: of a prefix that the network chose for itself no policy can know that.
 *
 * Which prefixes these are is told by a name that has two IPv4 addresses, and of its own no IPv6
 * address (RFC 7050). RFC 6052, 2.2, says where the four bytes are among the sixteen; x is skipped:
 *
 *     /32  pppp4444 x.......      /56  ppppppp4 x444....
 *     /40  ppppp444 x4......      /64  pppppppp x4444...
 *     /48  pppppp44 x44.....      /96  pppppppp pppp4444
 */
import { parseAddress } from "../ip/address.ts";
import { ResolveError, type Resolver } from "./resolver.ts";

const WELL_KNOWN_NAME = "ipv4only.arpa";
const WELL_KNOWN_IPV4 = ["192.0.0.170", "192.0.0.171"];

const LAYOUTS: readonly { readonly prefixBytes: number; readonly ipv4: readonly number[] }[] = [
  { prefixBytes: 4, ipv4: [4, 5, 6, 7] },
  { prefixBytes: 5, ipv4: [5, 6, 7, 9] },
  { prefixBytes: 6, ipv4: [6, 7, 9, 10] },
  { prefixBytes: 7, ipv4: [7, 9, 10, 11] },
  { prefixBytes: 8, ipv4: [9, 10, 11, 12] },
  { prefixBytes: 12, ipv4: [12, 13, 14, 15] },
];

/**
 * The same look-ups, without addresses behind such a prefix. Where our look-up of the prefixes fails,
 * so does that of IPv6 addresses: "unanswered", which says nothing of the name.
 */
export function withoutTranslated(resolver: Resolver): Resolver {
  let asked: Promise<readonly Prefix[]> | undefined;
  const prefixes = async (signal: AbortSignal): Promise<readonly Prefix[]> => {
    // Whoever asked first may have given up meanwhile, which is no answer for others.
    const known = asked && (await asked.catch(() => undefined));
    if (known) return known;
    const own = prefixesOf(resolver, signal);
    asked = own;
    own.catch(() => {
      if (asked === own) asked = undefined;
    });
    return own;
  };
  const isTranslated = async (text: string, signal: AbortSignal): Promise<boolean> =>
    (await prefixes(signal)).some((prefix) => isBehind(text, prefix));
  return {
    isTranslated,
    async resolve(host, family, signal) {
      if (family === 4) return resolver.resolve(host, family, signal);
      const found = await resolver.resolve(host, family, signal);
      if (found.length === 0) return found;
      const made = await Promise.all(found.map((text) => isTranslated(text, signal)));
      return found.filter((_, index) => !made[index]);
    },
  };
}

type Prefix = readonly number[];

async function prefixesOf(resolver: Resolver, signal: AbortSignal): Promise<readonly Prefix[]> {
  let found: readonly string[];
  try {
    found = await resolver.resolve(WELL_KNOWN_NAME, 6, signal);
  } catch (error) {
    if (error instanceof ResolveError && error.kind === "missing") return [];
    throw error;
  }
  return found.flatMap((text) => {
    const bytes = bytesOf(text);
    return LAYOUTS.filter(({ ipv4 }) =>
      WELL_KNOWN_IPV4.includes(ipv4.map((at) => bytes[at]).join(".")),
    ).map(({ prefixBytes }) => bytes.slice(0, prefixBytes));
  });
}

function isBehind(text: string, prefix: Prefix): boolean {
  const bytes = bytesOf(text);
  return prefix.every((byte, at) => bytes[at] === byte);
}

/** Sixteen; none for what is no IPv6 address, which is refused elsewhere. */
function bytesOf(text: string): readonly number[] {
  const address = parseAddress(text);
  if (address?.family !== 6) return [];
  return address.words.flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff));
}
