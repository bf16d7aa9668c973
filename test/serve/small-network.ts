/** A network of six mirrors and what the rule might say of it, for tests of what nginx answers. */
import type { NetworkConfig } from "../../src/model/config.ts";
import { type ListSets, listSetsOf } from "../../src/model/list-sets.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import { plainMirror } from "../support/mirrors.ts";

const ALL_ARCHES = ["x86_64", "aarch64"];

export const CONFIG: NetworkConfig = {
  versions: ["8", "8.10", "9", "9.8"],
  duplicatedVersions: new Map([
    ["8", "8.10"],
    ["9", "9.8"],
  ]),
  vaultVersions: ["8.3", "9.7-beta"],
  vaultMirror: "http://vault.example/",
  optionalModules: new Map([["kitten", ["10"]]]),
  arches: new Map([
    ["8", ALL_ARCHES],
    ["9", [...ALL_ARCHES, "s390x"]],
    ["10-kitten", ALL_ARCHES],
  ]),
  requiredProtocols: ["http", "https"],
  repos: [
    { name: "baseos", path: "BaseOS/$basearch/os/", vault: false },
    { name: "powertools", path: "PowerTools/$basearch/os/", versions: ["8.10"], vault: false },
    { name: "baseos-source", path: "BaseOS/Source/", versions: ["8.10"], vault: true },
    { name: "keys", path: "keys/", versions: ["9.8"], vault: false },
    {
      name: "rt",
      path: "RT/$basearch/os/",
      versions: ["9.8"],
      arches: ["x86_64"],
      vault: false,
    },
  ],
  allowedOutdateSeconds: 3600,
  mirrorsDir: "mirrors",
};

/** In the order in which an address that is nowhere gets them. */
export const EVERYWHERE = ["north", "south", "east", "west", "six"] as const;
type Name = (typeof EVERYWHERE)[number];

const FIELDS: Readonly<Record<Name, (edition: string) => Partial<Mirror>>> = {
  north: (edition) => ({ urls: both("north", edition) }),
  south: (edition) => ({ urls: { http: `http://south.example/${edition}/` } }),
  east: (edition) => ({
    urls: both("east", edition),
    modules: new Map([["kitten", { https: `https://east.example/kitten/` }]]),
  }),
  // A partial mirror: no ISO images, one architecture.
  west: (edition) => ({
    urls: both("west", edition),
    carries: { architectures: ["x86_64"], isos: false },
  }),
  six: (edition) => ({ urls: { https: `https://six.example/${edition}/` } }),
};

function both(name: string, edition: string) {
  return {
    http: `http://${name}.example/${edition}/`,
    https: `https://${name}.example/${edition}/`,
  };
}

export function smallMirrors(edition = "almalinux"): readonly Mirror[] {
  return EVERYWHERE.map((name) => plainMirror(name, FIELDS[name](edition)));
}

export function smallListSets(edition?: string): ListSets {
  return listSetsOf(CONFIG, smallMirrors(edition));
}

export interface Clients {
  readonly country?: string;
  readonly mirrors: readonly Name[];
}

/** By network, the country and the mirrors that its clients get. Elsewhere: no country and all. */
export const NETWORKS: Readonly<Record<string, Clients>> = {
  "192.0.2.0/24": { country: "DE", mirrors: ["north"] },
  "198.51.100.0/25": { country: "FR", mirrors: ["south", "west"] },
  "198.51.100.128/25": { country: "FR", mirrors: ["west", "south"] },
  "203.0.113.0/24": { mirrors: ["east", "north"] },
  "2001:db8::/32": { country: "JP", mirrors: ["six", "east"] },
};

/** By country, the mirrors of the country's list. */
export const COUNTRY_MIRRORS: Readonly<Record<string, readonly Name[]>> = {
  DE: ["north", "east"],
  FR: ["west", "south", "north"],
  JP: ["six"],
};

/** Who announces what. */
export const ANNOUNCED = {
  "192.0.0.0/16": { asn: 64_500, prefix_length: 16 },
  "2001:db8::/32": { asn: 4_200_000_000, prefix_length: 32 },
} as const;

/**
 * What a list set makes of a ranking, as base URLs: its mirrors in that order, in rotation r those
 * from the r-th on first; all of the set's mirrors where none of them is in it.
 */
export function urlsIn(
  setName: string,
  ranked: readonly Name[],
  { edition, rotation = 0 }: { readonly edition?: string; readonly rotation?: number } = {},
): readonly string[] {
  const mirrors = smallMirrors(edition);
  const set = listSetsOf(CONFIG, mirrors).sets.find(({ name }) => name === setName);
  const urlsOf = (names: readonly Name[]) =>
    names.flatMap((name) => set?.urlOf(mirrors[EVERYWHERE.indexOf(name)] as Mirror) ?? []);
  const own = urlsOf(ranked);
  const urls = own.length === 0 ? urlsOf(EVERYWHERE) : own;
  const first = rotation % urls.length;
  return [...urls.slice(first), ...urls.slice(0, first)];
}
