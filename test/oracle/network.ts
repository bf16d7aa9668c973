/**
 * A whole network as the oracle sees it. Mirror files and databases are read here anew; the program
 * is only asked for what is not proven: where it placed the mirrors and the overrides, the numbers
 * of the policy, and which database files the settings mean.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseDocument } from "yaml";
import { COUNTRIES } from "../../src/geo/countries.ts";
import { type Inputs, readInputs } from "../../src/inputs.ts";
import type { PlainPrefix } from "./address.ts";
import { type AsnRange, asnRanges } from "./asn.ts";
import type { OracleOverride } from "./judge.ts";
import { type MirrorOfModules, readOracleMirrors } from "./mirrors.ts";
import { type PlainDatabase, plainDatabase } from "./mmdb.ts";
import type { OracleSet, RuleNumbers } from "./rank.ts";

export interface OracleNetwork {
  readonly mirrors: readonly MirrorOfModules[];
  readonly sets: readonly OracleSet[];
  readonly overrides: readonly OracleOverride[];
  readonly cityFiles: readonly string[];
  readonly city: readonly PlainDatabase[];
  readonly asnTexts: readonly string[];
  /** Of the ASNs that mirrors declare, in address order within each family. */
  readonly asn: readonly AsnRange[];
}

/** What the program found, which is read again where a build has not just done so. */
export function programInputs(configPath: string, builtAt: number): Inputs {
  const inputs = readInputs({ configPath, builtAt }, (_, work) => work());
  inputs.geoip.close();
  return inputs;
}

/** `builtAt` in seconds since 1970: it decides what has ended and expired. */
export function oracleNetwork(configPath: string, builtAt: number, inputs: Inputs): OracleNetwork {
  const config = parseDocument(readFileSync(configPath, "utf8")).toJS() as {
    mirrors_dir: string;
    optional_module_versions?: Readonly<Record<string, unknown>>;
  };
  const placements = inputs.mirrors.flatMap(({ name, placed }) =>
    placed ? [[name, placed.at] as const] : [],
  );
  const countryWords = COUNTRIES.map(({ name, code }) => [name.toUpperCase(), code] as const);
  const mirrors = readOracleMirrors(join(dirname(configPath), config.mirrors_dir), {
    placements: new Map(placements),
    countryWords: new Map([...countryWords, ["UK", "GB"]]),
    builtAt,
  });
  const facts = {
    countries: new Map(COUNTRIES.map((country) => [country.code, country])),
    numbers: ruleNumbers(inputs.settings.policy),
  };
  const modules = Object.keys(config.optional_module_versions ?? {}).map((name) => {
    const ofModule = mirrors.map((mirror) => ({ ...mirror, url: mirror.moduleUrls.get(name) }));
    return { name, world: { ...facts, mirrors: ofModule } };
  });
  const isOffered = ({ world }: OracleSet) =>
    world.mirrors.some(({ url, reach, disabled }) => url && reach === "public" && !disabled);

  const files = (role: "city" | "asn") =>
    inputs.geoip.files.filter((file) => file.role === role).map(({ path }) => path);
  const asnTexts = files("asn").map((path) => readFileSync(path, "utf8"));
  const wanted = new Set(mirrors.flatMap(({ asns }) => asns));
  return {
    mirrors,
    sets: [{ name: "all", world: { ...facts, mirrors } }, ...modules.filter(isOffered)],
    overrides: inputs.overrides.map(({ network, place }) => ({
      network: plainPrefix(network),
      place: place.place && {
        ...(place.place.country !== undefined && { country: place.place.country }),
        ...(place.place.continent !== undefined && { continent: place.place.continent }),
        ...place.place.coordinates,
      },
    })),
    cityFiles: files("city"),
    city: files("city").map((path) => plainDatabase(readFileSync(path))),
    asnTexts,
    asn: asnTexts.flatMap((text) => asnRanges(text, wanted)),
  };
}

/** The numbers of a policy of the shape of `blog-2021`. */
function ruleNumbers({ steps }: Inputs["settings"]["policy"]): RuleNumbers {
  const onNet = steps.find((step) => step.kind === "on-net");
  const byPlace = steps.find((step) => step.kind === "by-place");
  const take = (scope: string) => byPlace?.bands.find((band) => band.scope === scope)?.take ?? 0;
  return {
    onNetMinimum: onNet?.minimum ?? 0,
    countryTake: take("country"),
    continentTake: take("continent"),
    worldTake: take("world"),
    length: byPlace?.length ?? 0,
  };
}

function plainPrefix({ family, words, bits }: Inputs["overrides"][number]["network"]): PlainPrefix {
  const first = words.reduce((value, word) => (value << 32n) | BigInt(word), 0n);
  const size = 1n << BigInt((family === 4 ? 32 : 128) - bits);
  return { family, bits, first, last: first + size - 1n };
}
