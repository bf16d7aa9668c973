/** What the small network answers, worked out request by request without any of the maps. */
import { parseAddress } from "../../src/ip/address.ts";
import { isoPaths, mirrorlistPaths } from "../../src/model/routing.ts";
import { toPrefix } from "../oracle/address.ts";
import {
  CONFIG,
  COUNTRY_MIRRORS,
  EVERYWHERE,
  NETWORKS,
  smallListSets,
  urlsIn,
} from "./small-network.ts";

export interface Asked {
  readonly kind: "mirrorlist" | "isolist";
  readonly version: string;
  /** A repository, or the architecture of ISO images. */
  readonly name: string;
  readonly protocol?: string;
  readonly country?: string;
  readonly arch?: string;
  /** Of the client. */
  readonly address: string;
}

export interface Expected {
  readonly status: number;
  /** Of an answer of status 200. */
  readonly body?: string;
}

/** `rotation` is the client's. */
export function expectedAnswer(asked: Asked, rotation = 0): Expected {
  const { kind, protocol = "", country = "" } = asked;
  if (!["", "http", "https"].includes(protocol)) return { status: 400 };
  const found = kind === "isolist" ? findImages(asked) : findRepository(asked);
  if (found === null) return { status: 404 };
  const { set, path } = found;
  const mirrors = country === "" ? undefined : COUNTRY_MIRRORS[country.toUpperCase()];
  if (country !== "" && mirrors === undefined) return { status: 404 };
  const urls =
    set === "vault"
      ? [CONFIG.vaultMirror ?? ""]
      : mirrors === undefined
        ? urlsIn(set, NETWORKS[networkOf(asked.address)]?.mirrors ?? EVERYWHERE, { rotation })
        : urlsIn(set, mirrors);
  return { status: 200, body: bodyOf(kind, urls, path) };
}

/** The lines of a mirror list, or a JSON array of the same. */
export function bodyOf(kind: Asked["kind"], urls: readonly string[], path: string): string {
  return kind === "mirrorlist"
    ? urls.map((url) => `${url}${path}\n`).join("")
    : `[${urls.map((url) => JSON.stringify(url + path)).join(",\n")}\n]\n`;
}

/** The network of `NETWORKS` that has the address, "" for none. */
function networkOf(address: string): string {
  const words = parseAddress(address)?.words ?? [];
  const value = words.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
  return (
    Object.keys(NETWORKS).find((network) => {
      const { family, bits, first } = toPrefix(network);
      const width = family === 4 ? 32 : 128;
      if (words.length * 32 !== width) return false;
      const rest = BigInt(width - bits);
      return value >> rest === first >> rest;
    }) ?? ""
  );
}

function findRepository({ version, name, arch = "", protocol = "" }: Asked) {
  const path = mirrorlistPaths(CONFIG).find(
    (each) => each.version === version && each.repo === name,
  );
  if (path === undefined) return null;
  const isOpen = path.path.includes("$basearch");
  const known = isOpen
    ? path.architectures
    : isoPaths(CONFIG)
        .filter((image) => image.version === version)
        .map((image) => image.arch);
  if (arch !== "" && !known.includes(arch)) return null;
  const deciding = arch === "" || !isOpen ? path.architectures[0] : arch;
  const set = path.vault ? "vault" : setOf(protocol, { ...path, arch: deciding });
  if (set === undefined) return null;
  return { set, path: arch === "" ? path.path : path.path.replaceAll("$basearch", arch) };
}

function findImages({ version, name, protocol = "" }: Asked) {
  const image = isoPaths(CONFIG).find((each) => each.version === version && each.arch === name);
  if (image === undefined) return null;
  const set = image.vault ? "vault" : setOf(protocol, image);
  return set === undefined ? null : { set, path: image.path };
}

const listSets = smallListSets();

function setOf(
  protocol: string,
  question: Parameters<typeof listSets.scopeOf>[0],
): string | undefined {
  const scope = listSets.scopeOf(question);
  return protocol === "http" ? scope?.http : protocol === "https" ? scope?.https : scope?.any;
}
