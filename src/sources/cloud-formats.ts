/**
 * The lists of networks that cloud providers publish, each as JSON of its own shape:
 *
 *     aws    {"prefixes": [{"ip_prefix", "region"}], "ipv6_prefixes": [{"ipv6_prefix", "region"}]}
 *     azure  {"values": [{"name": "AzureCloud.<region>",
 *                         "properties": {"region", "addressPrefixes": []}}]}
 *     gcp    {"prefixes": [{"ipv4Prefix" or "ipv6Prefix", "scope"}]}
 *     oci    {"regions": [{"region", "cidrs": [{"cidr"}]}]}
 */

export type CloudProvider = "aws" | "azure" | "gcp" | "oci";

/** A region and a network as they stand in the list, whatever they are. */
export type TakeEntry = (region: unknown, network: unknown) => void;

/** Hands out every entry in file order; returns what is wrong where the list has another shape. */
export function readCloudFormat(
  provider: CloudProvider,
  root: unknown,
  take: TakeEntry,
): string | undefined {
  switch (provider) {
    case "aws":
      return readAws(mapOf(root), take);
    case "azure":
      return readAzure(mapOf(root), take);
    case "gcp":
      return readGcp(mapOf(root), take);
    case "oci":
      return readOci(mapOf(root), take);
  }
}

type JsonMap = Readonly<Record<string, unknown>>;

function readAws(root: JsonMap, take: TakeEntry): string | undefined {
  const { prefixes: ipv4, ipv6_prefixes: ipv6 } = root;
  if (!Array.isArray(ipv4) && !Array.isArray(ipv6)) return 'it has no list "prefixes"';
  for (const entry of listOf(ipv4)) take(mapOf(entry)["region"], mapOf(entry)["ip_prefix"]);
  for (const entry of listOf(ipv6)) take(mapOf(entry)["region"], mapOf(entry)["ipv6_prefix"]);
  return undefined;
}

/** Of its service tags only those of the regions: the others are parts of them, or their sum. */
function readAzure(root: JsonMap, take: TakeEntry): string | undefined {
  if (!Array.isArray(root["values"])) return 'it has no list "values"';
  for (const tag of listOf(root["values"])) {
    const [, suffix] = /^AzureCloud\.(.*)$/i.exec(String(mapOf(tag)["name"])) ?? [];
    if (suffix === undefined) continue;
    const properties = mapOf(mapOf(tag)["properties"]);
    const region = properties["region"] === "" ? suffix : (properties["region"] ?? suffix);
    for (const network of listOf(properties["addressPrefixes"])) take(region, network);
  }
  return undefined;
}

function readGcp(root: JsonMap, take: TakeEntry): string | undefined {
  if (!Array.isArray(root["prefixes"])) return 'it has no list "prefixes"';
  for (const entry of listOf(root["prefixes"])) {
    const { scope, ipv4Prefix, ipv6Prefix } = mapOf(entry);
    take(scope, ipv4Prefix ?? ipv6Prefix);
  }
  return undefined;
}

function readOci(root: JsonMap, take: TakeEntry): string | undefined {
  if (!Array.isArray(root["regions"])) return 'it has no list "regions"';
  for (const entry of listOf(root["regions"])) {
    const { region, cidrs } = mapOf(entry);
    for (const network of listOf(cidrs)) take(region, mapOf(network)["cidr"]);
  }
  return undefined;
}

/** What is no map has no keys. */
function mapOf(value: unknown): JsonMap {
  return typeof value === "object" && value !== null ? (value as JsonMap) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
