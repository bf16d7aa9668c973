/** The fake mirrors one by one, and what has to come of each of their checks. */
import type { NetworkConfig } from "../../src/model/config.ts";
import type { Mirror } from "../../src/model/mirror.ts";
import type { ProbeReason } from "../../src/model/probe-reasons.ts";
import type { AddressPolicy } from "../../src/net/address-policy.ts";
import { ResolveError, type Resolver } from "../../src/net/resolver.ts";
import { plainMirror } from "../support/mirrors.ts";
import { BASE, KINDS, KITTEN_BASE, type Kind, OWN } from "./kinds.ts";

export interface Fake extends Kind {
  readonly name: string;
  readonly host: string;
  /** Of 127.0.0.0/8; over IPv6 all are ::1. */
  readonly address: string;
}

export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly rsync: number;
}

/** What a prober has to know of the servers: as JSON from one process to another. */
export interface Served {
  readonly ports: Readonly<Record<string, Ports>>;
  /** URLs that answer. */
  readonly control: readonly string[];
  /** PEM. */
  readonly ca: string;
}

export function allFakes(kinds: readonly Kind[] = KINDS): readonly Fake[] {
  const each = kinds.flatMap((kind) => new Array<Kind>(kind.count).fill(kind));
  return each.map((kind, index) => {
    const name = `m${String(index).padStart(4, "0")}`;
    const address = `127.10.${Math.floor(index / 200)}.${1 + (index % 200)}`;
    return { ...kind, name, host: `${name}.fake.test`, address };
  });
}

export const CONTROL_HOST = "control.fake.test";
export const CONTROL_ADDRESS = "127.10.240.1";

export function mirrorOf(fake: Fake, { http, https, rsync }: Ports): Mirror {
  const { name, host, offers, kitten, greeting, carries } = fake;
  const at = (base: string) => ({
    ...(offers !== "https" && { http: `http://${host}:${http}${base}` }),
    ...(offers !== "http" && { https: `https://${host}:${https}${base}` }),
  });
  return plainMirror(name, {
    urls: { ...at(BASE), ...(greeting && { rsync: `rsync://${host}:${rsync}/linux/` }) },
    modules: new Map(kitten ? [["kitten", at(KITTEN_BASE)]] : []),
    ...(carries && { carries }),
  });
}

export function resolverOf(fakes: readonly Fake[], decoy: string): Resolver {
  const byHost = new Map(fakes.map((fake) => [fake.host, fake]));
  return {
    async resolve(host, family) {
      if (host === CONTROL_HOST) return family === 4 ? [CONTROL_ADDRESS] : [];
      if (host === "decoy.fake.test") return family === 4 ? [decoy] : [];
      if (host === "nobody.fake.test") throw new ResolveError("missing", `no ${host}`);
      const fake = byHost.get(host);
      if (!fake) throw new Error(`the test has no ${host}`);
      const { names, address, ipv6 } = fake;
      if (names === "missing") throw new ResolveError("missing", `${host} does not exist`);
      const found =
        names === "unanswered"
          ? names
          : family === 4
            ? (names?.ipv4 ?? [OWN])
            : (names?.ipv6 ?? (ipv6 ? ["::1"] : []));
      if (found === "unanswered") throw new ResolveError("unanswered", `SERVFAIL for ${host}`);
      return found.map((text) => (text === OWN ? address : text));
    },
  };
}

/** 127.10.0.0/16 and ::1. */
export const fakesOnly: AddressPolicy = ({ family, words }) => {
  const allowed =
    family === 4 ? (words[0] ?? 0) >>> 16 === 0x7f0a : words.join() === [0, 0, 0, 1].join();
  return allowed ? null : "not one of the test's addresses";
};

export const CONFIG: NetworkConfig = {
  versions: ["8", "8.10", "9", "9.8"],
  duplicatedVersions: new Map([
    ["8", "8.10"],
    ["9", "9.8"],
  ]),
  vaultVersions: ["9.7"],
  vaultMirror: "https://vault.fake.test/",
  optionalModules: new Map([["kitten", ["10"]]]),
  arches: new Map([
    ["8", ["x86_64"]],
    ["9", ["x86_64", "aarch64"]],
    ["10-kitten", ["x86_64", "aarch64"]],
  ]),
  requiredProtocols: ["http", "https"],
  repos: [
    { name: "baseos", path: "BaseOS/$basearch/os/", vault: false },
    { name: "appstream", path: "AppStream/$basearch/os/", vault: false },
    { name: "crb", path: "CRB/$basearch/os/", versions: ["9.8"], vault: false },
    { name: "baseos-source", path: "BaseOS/Source/", vault: true },
  ],
  allowedOutdateSeconds: 12 * 3600,
  mirrorsDir: "mirrors",
};

export const ISOS = ["CHECKSUM", "Examplix-{version}-{arch}-dvd.iso"];

/** By hand, and not by the planner's code. */
const REPOSITORIES = {
  main: [
    "8.10/baseos/x86_64",
    "8.10/appstream/x86_64",
    "9.8/baseos/x86_64",
    "9.8/baseos/aarch64",
    "9.8/appstream/x86_64",
    "9.8/appstream/aarch64",
    "9.8/crb/x86_64",
    "9.8/crb/aarch64",
  ],
  kitten: [
    "10-kitten/baseos/x86_64",
    "10-kitten/baseos/aarch64",
    "10-kitten/appstream/x86_64",
    "10-kitten/appstream/aarch64",
  ],
} as const;

/** Every check that there has to be, and the reasons that it may have. */
export function expectedOf(fake: Fake): ReadonlyMap<string, readonly ProbeReason[]> {
  const { offers, kitten, ipv6, carries, greeting, expected } = fake;
  const families = ipv6 ? ["ipv4", "ipv6"] : ["ipv4"];
  const protocols = offers ? [offers] : ["http", "https"];
  const times = protocols.flatMap((protocol) => families.map((family) => `${protocol}/${family}`));
  const carried = REPOSITORIES.main.filter(
    (repository) => !carries || /^9\.8\/.*\/x86_64$/.test(repository),
  );
  const checks = [
    "dns",
    ...times,
    ...carried.map((repository) => `repo:${repository}`),
    ...(carries?.isos === false ? [] : ["isos"]),
    ...(kitten ? times.map((time) => `kitten:${time}`) : []),
    ...(kitten ? REPOSITORIES.kitten.map((repository) => `repo:${repository}`) : []),
    ...(kitten ? ["kitten:isos"] : []),
    ...(greeting ? ["rsync"] : []),
  ];
  const reasonsOf = (check: string): readonly ProbeReason[] =>
    (expected.findLast(([pattern]) => matches(pattern, check))?.slice(1) as
      | readonly ProbeReason[]
      | undefined) ?? ["ok"];
  return new Map(checks.map((check) => [check, reasonsOf(check)]));
}

function matches(pattern: string, check: string): boolean {
  const escaped = pattern.replace(/[.+]/g, "\\$&").replaceAll("*", ".*");
  return new RegExp(`^${escaped}$`).test(check);
}
