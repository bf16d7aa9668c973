/** Addresses that show what a network's lists do: one on-net, some on different continents. */
import type { ManifestFacts } from "./emit/manifest.ts";
import type { Inputs } from "./inputs.ts";
import { formatAddress } from "./ip/address.ts";
import { formatPrefix } from "./ip/prefix.ts";

type Example = ManifestFacts["examples"][number];

/** Well-known addresses of public DNS services and universities, one or two a continent. */
const PLACES: readonly Example[] = [
  { address: "81.2.69.142", why: "somewhere in Europe" },
  { address: "2001:4860:4860::8888", why: "IPv6" },
  { address: "198.51.100.1", why: "an address of documentation: nowhere" },
];

export function exampleClients(inputs: Inputs): readonly Example[] {
  const examples: Example[] = [];
  const subnet = inputs.mirrors.flatMap(({ subnets }) => subnets)[0];
  if (subnet !== undefined) {
    const address = formatAddress(subnet.family, subnet.words);
    examples.push({ address, why: `in the subnet ${formatPrefix(subnet)} of a mirror` });
  }
  const asns = new Set(inputs.mirrors.flatMap((mirror) => mirror.asns));
  const { ipv4 } = inputs.asns;
  const range = ipv4.asn.findIndex((asn) => asns.has(asn));
  if (range !== -1) {
    const address = formatAddress(4, [ipv4.first[range]!]);
    examples.push({ address, why: `in AS${ipv4.asn[range]}, which has a mirror` });
  }
  return [...examples, ...PLACES];
}
