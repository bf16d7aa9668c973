/** `gates:` of mirrorpress.yml: how much a generation may differ from the one in place. */
import { type Field, type Reading, readFields, report } from "./fields.ts";
import { numberOr } from "./values.ts";

/** A finding that is at or above `hold` needs to be accepted; one at `refuse`, by its very digest. */
export interface GateLimits {
  readonly hold: number;
  readonly refuse: number;
}

/** Shares are in percent. */
export interface GateSettings {
  /** Of the mirrors in lists, those that are gone. */
  readonly mirrors: GateLimits;
  /** Of IPv4 clients, those whose first mirror is another. */
  readonly firstChanged: GateLimits;
  /** One mirror's share of first choices. */
  readonly largestShare: GateLimits;
  /** Of a City database's nodes, or an ASN database's ranges, those that are gone. */
  readonly geoipSize: GateLimits;
  /** Countries that have no client any more. */
  readonly countries: GateLimits;
  /** Days since a database was made: each time they are over again, a generation is held. */
  readonly geoipAgeDays: number;
  /** Of the files, and of their bytes, how many came or went. */
  readonly files: GateLimits;
  readonly bytes: GateLimits;
}

export const defaultGateSettings: GateSettings = {
  mirrors: { hold: 10, refuse: 25 },
  firstChanged: { hold: 20, refuse: 40 },
  largestShare: { hold: 15, refuse: 30 },
  geoipSize: { hold: 15, refuse: 40 },
  countries: { hold: 2, refuse: 10 },
  geoipAgeDays: 14,
  files: { hold: 10, refuse: 50 },
  bytes: { hold: 25, refuse: 50 },
};

const KEYS = [
  "mirrors",
  "first_changed",
  "largest_share",
  "geoip_size",
  "countries",
  "geoip_age_days",
  "files",
  "bytes",
] as const;
type LimitsKey = Exclude<(typeof KEYS)[number], "geoip_age_days">;

/**
 * What is wrong is reported and has its default. Who says how old a database may be means it for
 * this too: `maxAgeDays` is what `geoip.max_age_days` says, if it does.
 */
export function readGates(
  reading: Reading,
  field: Field | undefined,
  maxAgeDays: number | undefined,
): GateSettings {
  const geoipAgeDays = maxAgeDays ?? defaultGateSettings.geoipAgeDays;
  const defaults = { ...defaultGateSettings, geoipAgeDays };
  const fields = field && readFields(reading, field.value, { what: "gates", keys: KEYS });
  if (!fields) return defaults;
  const limits = (key: LimitsKey, otherwise: GateLimits) =>
    readLimits(reading, fields.get(key), otherwise);
  return {
    mirrors: limits("mirrors", defaults.mirrors),
    firstChanged: limits("first_changed", defaults.firstChanged),
    largestShare: limits("largest_share", defaults.largestShare),
    geoipSize: limits("geoip_size", defaults.geoipSize),
    countries: limits("countries", defaults.countries),
    geoipAgeDays: numberOr(
      reading,
      fields.get("geoip_age_days"),
      { least: 1, most: 3650, whole: true },
      defaults.geoipAgeDays,
    ),
    files: limits("files", defaults.files),
    bytes: limits("bytes", defaults.bytes),
  };
}

/** More than a hundred percent is never met: that turns a gate off. */
const MOST = 1_000_000;

function readLimits(reading: Reading, field: Field | undefined, otherwise: GateLimits): GateLimits {
  const fields =
    field && readFields(reading, field.value, { what: field.key, keys: ["hold", "refuse"] });
  if (!fields) return otherwise;
  const range = { least: 0.01, most: MOST, whole: false };
  const hold = numberOr(reading, fields.get("hold"), range, otherwise.hold);
  const refuse = numberOr(reading, fields.get("refuse"), range, otherwise.refuse);
  if (hold > refuse) {
    report(reading, "gate-never-holds", field.range, { key: field.key, hold, refuse });
  }
  return { hold, refuse };
}
