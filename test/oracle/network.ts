/**
 * A whole network as the oracle sees it. Mirror files, settings, feeds and databases are read here
 * anew; the program is only asked for what is not proven: where it placed the mirrors and the
 * overrides, the policy, what its list sets are called, and which database files the settings mean.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseDocument } from "yaml";
import { COUNTRIES } from "../../src/geo/countries.ts";
import { type Inputs, readInputs } from "../../src/inputs/inputs.ts";
import { listSetsOf } from "../../src/model/list-sets.ts";
import { isoPaths, mirrorlistPaths } from "../../src/model/routing.ts";
import { type PlainPrefix, toPrefix } from "./address.ts";
import { type AsnRange, asnRanges } from "./asn.ts";
import { type Feed, PROVIDERS, prefixesOf, readFeed } from "./feeds.ts";
import { withProbeResults } from "./health.ts";
import type { OracleOverride, OracleRule } from "./judge.ts";
import { type OracleQuestion, oracleSets } from "./list-sets.ts";
import { type ReadMirror, readOracleMirrors } from "./mirrors.ts";
import { type PlainDatabase, plainDatabase } from "./mmdb.ts";

export interface OracleNetwork extends OracleRule {
  /** With what the feeds say of their subnets. */
  readonly mirrors: readonly ReadMirror[];
  readonly cityFiles: readonly string[];
  readonly city: readonly PlainDatabase[];
  readonly asnTexts: readonly string[];
  /** Of the ASNs that mirrors declare or have addresses in, in address order within each family. */
  readonly asn: readonly AsnRange[];
  /** All of IPv6, whoever's, in address order. */
  readonly announced: readonly AsnRange[];
}

/** What the program found, which is read again where a build has not just done so. */
export function programInputs(configPath: string, builtAt: number): Inputs {
  const inputs = readInputs({ configPath, builtAt }, (_, work) => work());
  inputs.geoip.close();
  return inputs;
}

/** `builtAt` in seconds since 1970: it decides what has ended and expired. */
export function oracleNetwork(configPath: string, builtAt: number, inputs: Inputs): OracleNetwork {
  const folder = dirname(configPath);
  const config = parsed(configPath) as WrittenConfig;
  const settings = parsed(join(folder, "mirrorpress.yml")) as WrittenSettings;
  const placements = inputs.mirrors.flatMap(({ name, placed }) =>
    placed ? [[name, placed.at] as const] : [],
  );
  const countryWords = COUNTRIES.map(({ name, code }) => [name.toUpperCase(), code] as const);
  const feeds = readFeeds(folder, settings.cloud ?? {});
  const written = readOracleMirrors(join(folder, config.mirrors_dir), {
    placements: new Map(placements),
    countryWords: new Map([...countryWords, ["UK", "GB"]]),
    builtAt,
  }).map((mirror): ReadMirror => {
    const feed = feeds.get(mirror.cloud?.provider ?? "");
    const published = feed && mirror.cloud ? prefixesOf(feed, mirror.cloud.regions) : [];
    return { ...mirror, subnets: [...mirror.subnets, ...published] };
  });

  const files = (role: "city" | "asn") =>
    inputs.geoip.files.filter((file) => file.role === role).map(({ path }) => path);
  const asnTexts = files("asn").map((path) => readFileSync(path, "utf8"));
  const asns = asnTexts.flatMap((text) => asnRanges(text, null));
  const mirrors = inputs.files.probe
    ? withProbeResults(written, inputs.files.probe.text, {
        asns,
        countsOwn: inputs.settings.policy.name !== "service-2026",
        countries: countriesOf(inputs),
      })
    : written;
  const wanted = new Set(mirrors.flatMap(({ asns, ownAsns = [] }) => [...asns, ...ownAsns]));
  const programSets = listSetsOf(inputs.config, inputs.mirrors);
  return {
    mirrors,
    world: {
      mirrors,
      countries: new Map(COUNTRIES.map((country) => [country.code, country])),
      policy: inputs.settings.policy,
    },
    sets: oracleSets({
      mirrors,
      modules: Object.keys(config.optional_module_versions ?? {}),
      lines: Object.keys(config.duplicated_versions ?? {}),
      questions: questionsOf(inputs),
      nameOf: ({ arch, ...question }) => programSets.scopeOf({ ...question, arch }),
    }),
    overrides: overridesOf(settings, inputs),
    cityFiles: files("city"),
    city: files("city").map((path) => plainDatabase(readFileSync(path))),
    asnTexts,
    asn: asns.filter(({ asn }) => wanted.has(asn)),
    announced: asns.filter(({ family }) => family === 6),
  };
}

/** Where mirrors are is not proven. */
function countriesOf({ mirrors }: Inputs): ReadonlyMap<string, string> {
  return new Map(
    mirrors.flatMap(({ name, placed, location }) =>
      placed?.by === "address" && location.country !== undefined ? [[name, location.country]] : [],
    ),
  );
}

interface WrittenConfig {
  readonly mirrors_dir: string;
  readonly optional_module_versions?: Readonly<Record<string, unknown>>;
  readonly duplicated_versions?: Readonly<Record<string, unknown>>;
}

interface WrittenSettings {
  readonly cloud?: Readonly<Record<string, string>>;
  readonly geo?: {
    readonly overrides?: readonly {
      readonly network: string;
      readonly place: Readonly<Record<string, unknown>>;
    }[];
  };
}

function parsed(path: string): unknown {
  return existsSync(path) ? (parseDocument(readFileSync(path, "utf8")).toJS() ?? {}) : {};
}

function readFeeds(folder: string, paths: Readonly<Record<string, string>>): Map<string, Feed> {
  return new Map(
    PROVIDERS.flatMap((provider) => {
      const path = join(folder, paths[provider] ?? join("data", "cloud", `${provider}.json`));
      return existsSync(path) ? [[provider, readFeed(provider, readFileSync(path, "utf8"))]] : [];
    }),
  );
}

/** All that a URL can ask for, which only partial mirrors make matter. */
function questionsOf({ config }: Inputs): OracleQuestion[] {
  const ofRepositories = mirrorlistPaths(config)
    .filter(({ vault }) => !vault)
    .flatMap(({ architectures, ...path }) =>
      (architectures.length > 0 ? architectures : [undefined]).map((arch) => ({ ...path, arch })),
    );
  return [...ofRepositories, ...isoPaths(config).filter(({ vault }) => !vault)];
}

function overridesOf({ geo }: WrittenSettings, inputs: Inputs): OracleOverride[] {
  const countryOnly = (geo?.overrides ?? [])
    .filter(({ place }) => Object.keys(place).join() === "country")
    .map(({ network }) => prefixKey(toPrefix(network)));
  return inputs.overrides.map(({ network, place }) => {
    const plain = plainPrefix(network);
    return {
      network: plain,
      place: place.place && {
        ...(place.place.country !== undefined && { country: place.place.country }),
        ...(place.place.continent !== undefined && { continent: place.place.continent }),
        ...place.place.coordinates,
        ...(countryOnly.includes(prefixKey(plain)) && { countryOnly: true as const }),
      },
    };
  });
}

function prefixKey({ family, first, bits }: PlainPrefix): string {
  return `${family} ${first}/${bits}`;
}

function plainPrefix({ family, words, bits }: Inputs["overrides"][number]["network"]): PlainPrefix {
  const first = words.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
  const size = 1n << BigInt((family === 4 ? 32 : 128) - bits);
  return { family, bits, first, last: first + size - 1n };
}
