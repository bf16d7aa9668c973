/** A mirror's file as written -> a mirror; then the rules that hold between mirrors. */
import type { Report, SourceRange } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type { WrittenDocument } from "../diagnostics/written.ts";
import { readAddresses, readModules, reportMissingProtocols } from "./addresses.ts";
import { readCarries } from "./carries.ts";
import { readAsns, readSubnets } from "./claims.ts";
import type { NetworkConfig } from "./config.ts";
import {
  type Field,
  type Fields,
  keyRange,
  type Reading,
  readFields,
  report,
  requireField,
} from "./fields.ts";
import { readCountries, readLocation } from "./location.ts";
import type { Mirror, MirrorUrls } from "./mirror.ts";
import { withOwnHosts } from "./own-hosts.ts";
import { readReach } from "./reach.ts";
import {
  readCoordinates,
  readDuration,
  readEnd,
  readNumber,
  readScalar,
  readText,
  shorten,
} from "./values.ts";

const KEYS = [
  "name",
  "address",
  "address_optional",
  "update_frequency",
  "sponsor",
  "sponsor_url",
  "email",
  "geolocation",
  "asn",
  "subnets",
  "private",
  "monopoly",
  "cloud_type",
  "cloud_regions",
  "carries",
  "coordinates",
  "weight",
  "disabled",
  "only",
  "never",
] as const;

type MirrorFields = Fields<(typeof KEYS)[number]>;

/**
 * Null, with an error reported, when the file gives no name or no address that clients can use.
 * Everything else that is wrong costs the mirror that value only.
 */
export function readMirror(
  document: WrittenDocument,
  config: NetworkConfig,
  reportTo: Report,
): Mirror | null {
  const reading: Reading = { file: document.file, report: reportTo };
  const fields = readFields(reading, document.root, {
    what: "the mirror",
    keys: KEYS,
    elsewhere: {
      country: "under geolocation:",
      state_province: "under geolocation:",
      city: "under geolocation:",
      http: "under address:",
      https: "under address:",
      rsync: "under address:",
      ftp: "under address:",
    },
  });
  if (!fields) return null;
  // Both are read before either is given up, so that one run shows all there is to fix.
  const name = readName(reading, fields);
  const urls = readUrls(reading, fields, config);
  const rest = readRest(reading, fields, config, name ?? "");
  return name !== null && urls !== null ? { name, urls, ...rest } : null;
}

/** A mirror's name is its host name; it becomes part of file names. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,252}$/;

function readName(reading: Reading, fields: MirrorFields): string | null {
  const field = requireField(reading, fields, "name", {
    consequence: "the mirror is left out",
    example: "mirror.example",
  });
  const scalar = field && readScalar(reading, field.value, "name", '"name: mirror.example"');
  if (!scalar) return null;
  const name = scalar.text.trim();
  if (!NAME.test(name)) {
    const [guess = ""] = name
      .toLowerCase()
      .replace(/^[a-z]+:\/\//, "")
      .split("/");
    const suggestion = NAME.test(guess) ? guess : undefined;
    report(reading, "bad-name", scalar.range, { name: shorten(name), suggestion });
    return null;
  }
  const fileName = reading.file.path.replace(/^.*\//, "");
  if (fileName.replace(/\.ya?ml$/, "") !== name) {
    const suggestion = `${name}.yml`;
    report(reading, "file-name-differs", scalar.range, { fileName, name, suggestion });
  }
  return name;
}

function readUrls(
  reading: Reading,
  fields: MirrorFields,
  config: NetworkConfig,
): MirrorUrls | null {
  const field = requireField(reading, fields, "address", {
    consequence: "the mirror is left out",
  });
  if (!field) return null;
  const urls = readAddresses(reading, "address", field.value);
  const required = config.requiredProtocols.filter((p) => p === "http" || p === "https");
  if (!required.some((protocol) => urls[protocol] !== undefined)) {
    report(reading, "no-urls", keyRange(field), { protocols: required.join(" or ") });
    return null;
  }
  reportMissingProtocols(reading, field.value, urls);
  return urls;
}

function readRest(
  reading: Reading,
  fields: MirrorFields,
  config: NetworkConfig,
  name: string,
): Omit<Mirror, "name" | "urls"> {
  /** The value of a field that is there, typed by its reader. */
  const read = <T>(
    key: (typeof KEYS)[number],
    as: (reading: Reading, field: Field) => T | undefined,
  ): T | undefined => {
    const field = fields.get(key);
    return field && as(reading, field);
  };
  const modules = read("address_optional", (r, field) => readModules(r, field, config));
  const carries = read("carries", (r, field) =>
    readCarries(r, field, config, [...(modules?.keys() ?? [])]),
  );
  const sponsorUrl = readSponsorUrl(reading, fields);
  const email = read("email", readEmail);
  const updateFrequencySeconds = readUpdateFrequency(reading, fields, config);
  const location = read("geolocation", readLocation);
  const coordinates = read("coordinates", readCoordinates);
  const coordinatesAt = coordinates && fields.get("coordinates")?.value.range;
  const asns = read("asn", readAsns) ?? [];
  const claimed = read("subnets", readSubnets);
  const subnets = claimed?.networks ?? [];
  const subnetsFrom = claimed?.from ?? [];
  const disabled = read("disabled", readDisabled);
  const only = read("only", readCountries);
  const never = read("never", readCountries);
  for (const country of only?.filter((code) => never?.includes(code)) ?? []) {
    report(reading, "only-and-never", fields.get("only")?.range, { country });
  }
  const { reach, monopoly, cloud } = readReach(reading, fields, {
    scoped: asns.length > 0 || subnets.length > 0 || subnetsFrom.length > 0,
    paused: disabled !== undefined,
  });
  return {
    modules: modules ?? new Map(),
    sponsor: {
      name: readSponsor(reading, fields) ?? name,
      ...(sponsorUrl && { url: sponsorUrl }),
    },
    ...(email && { email }),
    ...(updateFrequencySeconds && { updateFrequencySeconds }),
    location: location?.location ?? {},
    locationRanges: {
      ...location?.locationRanges,
      ...(coordinatesAt && { coordinates: coordinatesAt }),
    },
    ...(coordinates && { coordinates }),
    asns,
    subnets,
    ...(subnetsFrom.length > 0 && { subnetsFrom }),
    reach,
    ...(cloud && { cloud }),
    monopoly,
    ...(carries && { carries }),
    weight: read("weight", readWeight) ?? 1,
    ...(disabled && { disabled }),
    ...(only && only.length > 0 && { only }),
    ...(never && never.length > 0 && { never }),
    file: reading.file,
  };
}

function readSponsor(reading: Reading, fields: MirrorFields): string | undefined {
  const field = requireField(reading, fields, "sponsor", {
    consequence: "its name stands in for it",
    example: "Example University",
  });
  return field && readText(reading, field);
}

/** A link for people: any http or https URL that means what it shows. */
function readSponsorUrl(reading: Reading, fields: MirrorFields): string | undefined {
  const field = requireField(reading, fields, "sponsor_url", {
    consequence: "the sponsor is shown without a link",
    example: "https://university.example/",
  });
  const text = field && readText(reading, field);
  if (!field || text === undefined) return undefined;
  const range = field.value.range;
  const complete = /^[a-z]+:/i.test(text) ? text : `https://${text}`;
  const url = URL.canParse(complete) ? new URL(complete) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== "" || !url.host.includes(".")) {
    const reason = "people could not follow it";
    const args = {
      text: shorten(text),
      scheme: "https",
      reason,
      example: "https://sponsor.example/",
    };
    report(reading, "bad-url", range, args);
    return undefined;
  }
  if (complete !== text) report(reading, "url-no-scheme", range, { text, url: complete });
  return url.href;
}

function readEmail(reading: Reading, field: Field): string | undefined {
  const text = readText(reading, field);
  if (text === undefined || /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/.test(text)) return text;
  report(reading, "bad-email", field.value.range, { text: shorten(text) });
  return undefined;
}

/** A mirror that updates only as often as is just allowed is outdated while it updates. */
function readUpdateFrequency(
  reading: Reading,
  fields: MirrorFields,
  config: NetworkConfig,
): number | undefined {
  const field = requireField(reading, fields, "update_frequency", {
    consequence: "nothing is known of how old its content may be",
    example: "3h",
  });
  const duration = field && readDuration(reading, field);
  if (!duration) return undefined;
  if (duration.seconds >= config.allowedOutdateSeconds) {
    const hours = config.allowedOutdateSeconds / 3600;
    report(reading, "slow-update", field.value.range, {
      text: duration.text,
      allowed: Number.isInteger(hours) ? `${hours}h` : `${Math.round(hours * 60)}m`,
      suggestion: hours >= 4 ? `${Math.floor(hours / 4)}h` : undefined,
    });
  }
  return duration.seconds;
}

function readWeight(reading: Reading, field: Field): number | undefined {
  return readNumber(reading, field, { least: 0.01, most: 100, whole: false });
}

/** Whatever is written, the mirror is taken out: who writes "disabled" wants that. */
function readDisabled(reading: Reading, field: Field): Mirror["disabled"] {
  if (field.value.kind !== "map") {
    const scalar = field.value.kind === "scalar" ? field.value : undefined;
    if (scalar && /^(?:false|no|off)$/i.test(scalar.text)) return undefined;
    report(reading, "disabled-shape", field.value.range, {});
    return { reason: shorten(scalar?.text ?? "") };
  }
  const fields = readFields(reading, field.value, { what: "disabled", keys: ["reason", "until"] });
  const reasonField =
    fields &&
    requireField(reading, fields, "reason", {
      consequence: "nobody will know when it may come back",
      example: "disk failure",
    });
  const reason = reasonField && readText(reading, reasonField);
  const untilField = fields?.get("until");
  const until = untilField && readEnd(reading, untilField);
  return { reason: reason ?? "", ...(until !== undefined && { until }) };
}

/** Those of a network's files that can be used, held to the rules between mirrors. */
export function readMirrors(
  documents: readonly WrittenDocument[],
  config: NetworkConfig,
  reportTo: Report,
): readonly Mirror[] {
  const read = documents.flatMap((document) => readMirror(document, config, reportTo) ?? []);
  return checkNetwork(read, reportTo);
}

/** Whether its file leaves it out at a time, in seconds since 1970. */
export function isDisabled({ disabled }: Pick<Mirror, "disabled">, at: number): boolean {
  return disabled !== undefined && (disabled.until === undefined || disabled.until > at);
}

/**
 * The rules between mirrors: names are unique. Of several files with one name the one that is called
 * after it is kept, else the first in the order given: a file that merely sorts before another must
 * not get its mirror's clients. Hosts are their mirrors' own. Returns the mirrors that stand, by name
 * in code-point order.
 */
export function checkNetwork(mirrors: readonly Mirror[], reportTo: Report): readonly Mirror[] {
  const byName = new Map<string, Mirror>();
  for (const mirror of mirrors) {
    const other = byName.get(mirror.name);
    if (other === undefined) {
      byName.set(mirror.name, mirror);
      continue;
    }
    const [kept, left] = isOwnFile(mirror) && !isOwnFile(other) ? [mirror, other] : [other, mirror];
    byName.set(mirror.name, kept);
    const args = { firstPath: kept.file.path, name: mirror.name };
    reportTo(problem("duplicate-name", { file: left.file, range: nameRange(left) }, args));
  }
  // Names are ASCII, so UTF-16 order is code-point order.
  const named = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  return withOwnHosts(named, reportTo);
}

function isOwnFile({ name, file: { path } }: Mirror): boolean {
  const file = path.slice(path.lastIndexOf("/") + 1);
  return file === `${name}.yml` || file === `${name}.yaml`;
}

/** The line that names it; a mirror does not keep the positions of its fields. */
function nameRange({ file, name }: Mirror): SourceRange | undefined {
  const line = /^["']?name["']?:.*$/m.exec(file.text);
  const start = line ? file.text.indexOf(name, line.index + 5) : -1;
  return start < 0 ? undefined : { start, end: start + name.length };
}
