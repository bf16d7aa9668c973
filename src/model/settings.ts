/** mirrorpress.yml: what this program can be told beyond AlmaLinux's config.yml. */
import type { Report, SourceFile, SourceRange } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type { WrittenDocument, WrittenScalar, WrittenValue } from "../diagnostics/written.ts";
import type { Coordinates } from "../geo/distance.ts";
import { formatPrefix, type Prefix } from "../ip/prefix.ts";
import { inOrder, readPrefix } from "./claims.ts";
import { CLOUD_PROVIDERS, type CloudProvider } from "./cloud.ts";
import { defaultFetchSettings, type FetchSettings, readFetch } from "./fetch-settings.ts";
import {
  type Field,
  itemsOf,
  lineOf,
  type Reading,
  readFields,
  report,
  requireField,
} from "./fields.ts";
import { defaultGateSettings, type GateSettings, readGates } from "./gate-settings.ts";
import { readCountry } from "./location.ts";
import { blog2021, type Policy } from "./policy.ts";
import { readPolicy } from "./policy-settings.ts";
import { defaultProbeSettings, type ProbeSettings, readProbe } from "./probe-settings.ts";
import {
  numberOr,
  readCoordinates,
  readEnd,
  readNumber,
  readScalar,
  readScalars,
  readText,
  shorten,
} from "./values.ts";

export interface Settings {
  readonly geoip: {
    /** Paths of City databases, relative to the folder of mirrorpress.yml. */
    readonly city: readonly string[];
    readonly asn: readonly string[];
    /** Shown with the output, as the databases' licences ask. */
    readonly attribution?: readonly string[];
    readonly maxAgeDays: number;
  };
  readonly policy: Policy;
  /** Paths of the lists of networks that cloud providers publish, relative to the same folder. */
  readonly cloud: Readonly<Partial<Record<CloudProvider, string>>>;
  readonly geo: { readonly overrides: readonly GeoOverride[] };
  readonly serve: {
    /** Where the output lies on the machine that serves it. */
    readonly root: string;
    readonly trustedProxies: readonly Prefix[];
  };
  readonly probe: ProbeSettings;
  readonly fetch: FetchSettings;
  readonly gates: GateSettings;
  /** Folder of the output, relative to that of mirrorpress.yml. */
  readonly output: string;
  readonly keepGenerations: number;
}

/** The place of a network, whatever GeoIP says of it. */
export interface GeoOverride {
  readonly network: Prefix;
  readonly place: {
    readonly country?: string;
    readonly subdivision?: string;
    readonly city?: string;
    readonly coordinates?: Coordinates;
  };
  readonly reason: string;
  /** Seconds since 1970. */
  readonly until?: number;
  readonly file: SourceFile;
  readonly range: SourceRange;
}

export const defaultSettings: Settings = {
  geoip: { city: [], asn: [], maxAgeDays: 90 },
  policy: blog2021(),
  cloud: {},
  geo: { overrides: [] },
  serve: { root: "/srv/mirrorpress", trustedProxies: [] },
  probe: defaultProbeSettings,
  fetch: defaultFetchSettings,
  gates: defaultGateSettings,
  output: "output",
  keepGenerations: 3,
};

export const SETTINGS_KEYS = [
  "geoip",
  "policy",
  "cloud",
  "geo",
  "serve",
  "probe",
  "fetch",
  "gates",
  "output",
  "keep_generations",
] as const;

/** What is wrong is reported and has its default. */
export function readSettings(document: WrittenDocument, reportTo: Report): Settings {
  const reading: Reading = { file: document.file, report: reportTo };
  const fields = readFields(reading, document.root, {
    what: "the settings",
    keys: SETTINGS_KEYS,
    elsewhere: {
      city: "under geoip:",
      asn: "under geoip:",
      max_age_days: "under geoip:",
      overrides: "under geo:",
      contact: "under probe:",
      root: "under serve:",
      trusted_proxies: "under serve:",
      mirrors_dir: "in config.yml",
    },
  });
  if (!fields) return defaultSettings;
  const geoip = readGeoip(reading, fields.get("geoip"));
  return {
    geoip: { ...geoip, maxAgeDays: geoip.maxAgeDays ?? defaultSettings.geoip.maxAgeDays },
    policy: readPolicy(reading, fields.get("policy")),
    cloud: readCloud(reading, fields.get("cloud")),
    geo: { overrides: readOverrides(reading, fields.get("geo")) },
    serve: readServe(reading, fields.get("serve")),
    probe: readProbe(reading, fields.get("probe")),
    fetch: readFetch(reading, fields.get("fetch")),
    gates: readGates(reading, fields.get("gates"), geoip.maxAgeDays),
    output: textOr(reading, fields.get("output"), defaultSettings.output),
    keepGenerations: numberOr(
      reading,
      fields.get("keep_generations"),
      { least: 1, most: 1000, whole: true },
      defaultSettings.keepGenerations,
    ),
  };
}

/** The overrides in force at a time, in seconds since 1970; the others are noted. */
export function currentOverrides(
  overrides: readonly GeoOverride[],
  at: number,
  reportTo: Report,
): readonly GeoOverride[] {
  return overrides.filter(({ until, network, file, range }) => {
    if (until === undefined || until > at) return true;
    const args = { network: formatPrefix(network), until: dateOf(until) };
    reportTo(problem("override-expired", { file, range }, args));
    return false;
  });
}

/** Whether an age is given matters to the gates: without one they have their own. */
interface WrittenGeoip extends Omit<Settings["geoip"], "maxAgeDays"> {
  readonly maxAgeDays: number | undefined;
}

function readGeoip(reading: Reading, field: Field | undefined): WrittenGeoip {
  const fields =
    field &&
    readFields(reading, field.value, {
      what: "geoip",
      keys: ["city", "asn", "attribution", "max_age_days"],
    });
  if (!fields) return { ...defaultSettings.geoip, maxAgeDays: undefined };
  const ageField = fields.get("max_age_days");
  const attributionField = fields.get("attribution");
  const attribution = attributionField && texts(reading, attributionField);
  return {
    city: texts(reading, fields.get("city")),
    asn: texts(reading, fields.get("asn")),
    ...(attribution && { attribution }),
    maxAgeDays: ageField && readNumber(reading, ageField, DAYS),
  };
}

const DAYS = { least: 1, most: 3650, whole: true, usual: defaultSettings.geoip.maxAgeDays };

function readCloud(reading: Reading, field: Field | undefined): Settings["cloud"] {
  const fields =
    field && readFields(reading, field.value, { what: "cloud", keys: CLOUD_PROVIDERS });
  const paths: { [Provider in CloudProvider]?: string } = {};
  for (const provider of CLOUD_PROVIDERS) {
    const path = fields?.get(provider);
    const text = path && readText(reading, path);
    if (text !== undefined) paths[provider] = text;
  }
  return paths;
}

function readOverrides(reading: Reading, field: Field | undefined): readonly GeoOverride[] {
  const fields = field && readFields(reading, field.value, { what: "geo", keys: ["overrides"] });
  const list = fields?.get("overrides");
  const byNetwork = new Map<string, GeoOverride>();
  for (const item of list ? itemsOf(list.value) : []) {
    const override = readOverride(reading, item);
    if (!override) continue;
    const network = formatPrefix(override.network);
    const first = byNetwork.get(network);
    if (first) {
      const firstLine = lineOf(reading.file, first.range.start);
      report(reading, "override-twice", override.range, { network, firstLine });
    } else {
      byNetwork.set(network, override);
    }
  }
  return [...byNetwork.values()];
}

function readOverride(reading: Reading, item: WrittenValue): GeoOverride | null {
  const fields = readFields(reading, item, {
    what: "the override",
    keys: ["network", "place", "reason", "until"],
    elsewhere: {
      country: "under place:",
      state_province: "under place:",
      city: "under place:",
      coordinates: "under place:",
    },
  });
  if (!fields) return null;
  const consequence = "the override is left out";
  const networkField = requireField(reading, fields, "network", {
    consequence,
    example: "192.0.2.0/24",
  });
  const reasonField = requireField(reading, fields, "reason", {
    consequence: "nobody will know why it is there",
  });
  const placeField = requireField(reading, fields, "place", { consequence });
  const scalar = networkField && readScalar(reading, networkField.value, "network");
  const network = scalar && readPrefix(reading, scalar);
  const place = placeField && readPlace(reading, placeField);
  const untilField = fields.get("until");
  const until = untilField && readEnd(reading, untilField);
  // An end that cannot be read must not make the override last for ever.
  const unsureEnd = untilField !== undefined && until === undefined;
  if (!network || !place || unsureEnd) return null;
  return {
    network,
    place,
    reason: textOr(reading, reasonField, ""),
    ...(until !== undefined && { until }),
    file: reading.file,
    range: networkField?.range ?? fields.range,
  };
}

function readPlace(reading: Reading, field: Field): GeoOverride["place"] | null {
  const fields = readFields(reading, field.value, {
    what: "place",
    keys: ["country", "state_province", "city", "coordinates"],
  });
  if (!fields) return null;
  const countryField = fields.get("country");
  const scalar = countryField && readScalar(reading, countryField.value, "country");
  const country = scalar && readCountry(reading, scalar, "country");
  const subdivisionField = fields.get("state_province");
  const subdivision = subdivisionField && readText(reading, subdivisionField);
  const cityField = fields.get("city");
  const city = cityField && readText(reading, cityField);
  const coordinatesField = fields.get("coordinates");
  const coordinates = coordinatesField && readCoordinates(reading, coordinatesField);
  if (!country && !coordinates) {
    report(reading, "override-incomplete", fields.range, {});
    return null;
  }
  return {
    ...(country && { country }),
    ...(subdivision && { subdivision }),
    ...(city && { city }),
    ...(coordinates && { coordinates }),
  };
}

function readServe(reading: Reading, field: Field | undefined): Settings["serve"] {
  const fields =
    field && readFields(reading, field.value, { what: "serve", keys: ["root", "trusted_proxies"] });
  if (!fields) return defaultSettings.serve;
  const proxies = fields.get("trusted_proxies");
  const prefixes = proxies
    ? readScalars(reading, proxies).flatMap((scalar) => readProxies(reading, scalar) ?? [])
    : [];
  return {
    root: readRoot(reading, fields.get("root")),
    trustedProxies: inOrder(prefixes),
  };
}

/** Nobody has as much for proxies. All private IPv6, fc00::/7, may be a network of one's own. */
const WIDEST_PROXIES_BITS = 7;

function readProxies(reading: Reading, scalar: WrittenScalar): Prefix | null {
  const prefix = readPrefix(reading, scalar);
  if (prefix && prefix.bits < WIDEST_PROXIES_BITS) {
    report(reading, "proxies-too-wide", scalar.range, { network: formatPrefix(prefix) });
  }
  return prefix;
}

/** It is written into nginx's configuration: an absolute path of plain characters. */
function readRoot(reading: Reading, field: Field | undefined): string {
  const scalar = field && readScalar(reading, field.value, "root", '"root: /srv/mirrorpress"');
  if (!scalar) return defaultSettings.serve.root;
  const root = scalar.text.trim().replace(/(?<=.)\/+$/, "");
  if (/^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(root)) return root;
  const plain = root.replace(/[^A-Za-z0-9._/-]+/g, "-").replace(/^\/*/, "/");
  const suggestion = /^(?:\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/.test(plain) ? plain : undefined;
  report(reading, "bad-root", scalar.range, { text: shorten(scalar.text), suggestion });
  return defaultSettings.serve.root;
}

function texts(reading: Reading, field: Field | undefined): readonly string[] {
  if (!field) return [];
  return itemsOf(field.value).flatMap(
    (value) => readText(reading, { key: field.key, value, range: value.range }) ?? [],
  );
}

function textOr(reading: Reading, field: Field | undefined, otherwise: string): string {
  return (field && readText(reading, field)) ?? otherwise;
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
