/** Which addresses may be connected to. */
import { type Address, formatAddress } from "../ip/address.ts";
import { hostPrefix } from "../ip/prefix.ts";
import { describeSpecialPurpose, specialPurpose } from "../ip/special.ts";

/** Why a connection to the address is refused, in words; null where it is allowed. */
export type AddressPolicy = (address: Address) => string | null;

/**
 * Ordinary addresses of the Internet alone: nothing of the special-purpose registries, and no IPv6
 * address in which one of those stands for a machine. Whole forms that embed IPv4 are refused
 * already, by their own prefix; what is embedded is looked at first, for it says more.
 */
export const publicAddresses: AddressPolicy = (address) => {
  for (const { form, words } of embedded(address)) {
    const special = specialPurpose(hostPrefix({ family: 4, words: [words] }));
    if (special) {
      return `${form} with ${formatAddress(4, [words])}, ${describeSpecialPurpose(special)}`;
    }
  }
  const special = specialPurpose(hostPrefix(address));
  return special && describeSpecialPurpose(special);
};

/** Every IPv4 address, as one word, that some machine on the way could read out of an IPv6 one. */
function embedded({ family, words }: Address): { form: string; words: number }[] {
  if (family === 4) return [];
  const [a, b, c, d] = words as [number, number, number, number];
  const found: { form: string; words: number }[] = [];
  const add = (form: string, word: number): void => void found.push({ form, words: word >>> 0 });
  if (a === 0 && b === 0 && c === 0xffff) add("an IPv4-mapped address", d);
  if (a === 0 && b === 0 && c === 0 && d > 1) add("an IPv4-compatible address", d);
  // RFC 2765: ::ffff:0:a.b.c.d
  if (a === 0 && b === 0 && c === 0xffff_0000) add("an IPv4-translated address", d);
  if (a === 0x0064_ff9b && b >>> 16 === 1) {
    // RFC 6052, 2.2: in a /48, 16 bits, a byte of zeros, and the other 16.
    add("an address of local NAT64", ((b & 0xffff) << 16) | ((c >>> 8) & 0xffff));
  }
  if (a === 0x0064_ff9b) add("an address of NAT64", d);
  if (a >>> 16 === 0x2002) add("an address of 6to4", (a << 16) | (b >>> 16));
  if (a === 0x2001_0000) {
    add("an address of Teredo by a server", b);
    // RFC 4380, 4: the client's own address stands last, with all bits turned round.
    add("an address of Teredo", ~d);
  }
  // RFC 5214, 6.1: the interface identifier [02]00:5efe:a.b.c.d below any prefix.
  if ((c & 0xfdff_ffff) >>> 0 === 0x0000_5efe) add("an address of ISATAP", d);
  return found;
}
