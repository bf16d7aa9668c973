/** The addresses a mirror is reached at: `address` and each module of `address_optional`. */
import type { WrittenValue } from "../diagnostics/written.ts";
import { closest } from "./closest.ts";
import type { NetworkConfig } from "./config.ts";
import {
  type Field,
  type Fields,
  type Reading,
  readEntries,
  readFields,
  report,
} from "./fields.ts";
import type { MirrorUrls } from "./mirror.ts";
import { PROTOCOLS, type Protocol, parseBaseUrl, type UrlProblem } from "./url.ts";
import { readScalar, shorten } from "./values.ts";

/** The URLs of one map of protocols; each one that cannot be used is reported and left out. */
export function readAddresses(reading: Reading, what: string, value: WrittenValue): MirrorUrls {
  const [scheme] = (value.kind === "scalar" && /^https?(?=:)/.exec(value.text)) || [];
  const fields = readFields(reading, value, {
    what,
    keys: PROTOCOLS,
    elsewhere: {
      country: "under geolocation:",
      state_province: "under geolocation:",
      city: "under geolocation:",
    },
    example: scheme && `the URL on a line of its own below, indented, as "${scheme}: ..."`,
  });
  if (!fields) return {};
  const swapped = readSwapped(reading, fields);
  const urls: { [protocol in Protocol]?: string } = { ...swapped };
  for (const protocol of PROTOCOLS) {
    if (swapped && (protocol === "http" || protocol === "https")) continue;
    const field = fields.get(protocol);
    const read = field && readUrl(reading, field, protocol, fields.get("https") !== undefined);
    if (read) urls[read.protocol] ??= read.url;
  }
  return urls;
}

/** The URLs of http: and https: where each is written as the other. */
function readSwapped(
  reading: Reading,
  fields: Fields<Protocol>,
): { readonly http: string; readonly https: string } | undefined {
  const [http, https] = [fields.get("http")?.value, fields.get("https")?.value];
  if (http?.kind !== "scalar" || https?.kind !== "scalar") return undefined;
  const asHttp = parseBaseUrl(https.text, "http");
  const asHttps = parseBaseUrl(http.text, "https");
  if (!("url" in asHttp && "url" in asHttps)) return undefined;
  const urls = { http: asHttp.url, https: asHttps.url };
  report(reading, "urls-swapped", http.range, urls);
  return urls;
}

/** URLs by module; modules that config.yml does not know are reported and left out. */
export function readModules(
  reading: Reading,
  field: Field,
  config: NetworkConfig,
): ReadonlyMap<string, MirrorUrls> {
  const known = [...config.optionalModules.keys()];
  const modules = new Map<string, MirrorUrls>();
  for (const { key, value } of readEntries(reading, field)) {
    const module = key.text;
    if (!known.includes(module)) {
      const suggestion = closest(module, known);
      const args = { module: shorten(module), suggestion, known: known.join(", ") || "none" };
      report(reading, "unknown-module", key.range, args);
      continue;
    }
    const urls = readAddresses(reading, `the addresses of ${module}`, value);
    if (urls.http ?? urls.https) modules.set(module, urls);
  }
  return modules;
}

/**
 * Warns of a protocol that the mirror does not offer. A field that is there but could not be used
 * has had its own report.
 */
export function reportMissingProtocols(
  reading: Reading,
  value: WrittenValue,
  urls: MirrorUrls,
): void {
  if (value.kind !== "map") return;
  const key = value.entries[0]?.key.range;
  const given = (protocol: Protocol) =>
    value.entries.some((entry) => entry.key.text.toLowerCase() === protocol);
  if (urls.https === undefined && urls.http !== undefined && !given("https")) {
    report(reading, "no-https", key, { suggestion: urls.http.replace(/^http:/, "https:") });
  }
  if (urls.http === undefined && urls.https !== undefined && !given("http")) {
    report(reading, "no-http", key, { suggestion: urls.https.replace(/^https:/, "http:") });
  }
}

function readUrl(
  reading: Reading,
  { key, value }: Field,
  protocol: Protocol,
  httpsGiven: boolean,
): { readonly protocol: Protocol; readonly url: string } | null {
  const scalar = readScalar(reading, value, key, `"${protocol}: ${protocol}://mirror.example/"`);
  if (!scalar) return null;
  const parsed = parseBaseUrl(scalar.text, protocol);
  if ("url" in parsed) {
    if (parsed.rewritten) {
      const args = { text: shorten(scalar.text), url: parsed.url };
      report(reading, "rsync-module", scalar.range, args);
    }
    return { protocol, url: parsed.url };
  }
  const { problem } = parsed;
  if (problem.kind === "scheme" && protocol === "http" && problem.found === "https") {
    const moved = parseBaseUrl(scalar.text, "https");
    if ("url" in moved) {
      const text = httpsGiven ? undefined : moved.url;
      report(reading, "http-holds-https", scalar.range, { text });
      return httpsGiven ? null : { protocol: "https", url: moved.url };
    }
  }
  reportUrl(reading, scalar, protocol, problem);
  return null;
}

function reportUrl(
  reading: Reading,
  { text: written, range }: { readonly text: string; readonly range: Field["range"] },
  protocol: Protocol,
  problem: UrlProblem,
): void {
  const text = shorten(written);
  switch (problem.kind) {
    case "malformed": {
      const { reason, suggestion } = problem;
      report(reading, "bad-url", range, { text, scheme: protocol, reason, suggestion });
      return;
    }
    case "scheme": {
      const { found } = problem;
      if (protocol !== "https" || found !== "http") {
        report(reading, "url-wrong-scheme", range, { key: protocol, found });
        return;
      }
      const suggestion = written.trim().replace(/^http:/i, "https:");
      report(reading, "https-holds-http", range, { suggestion });
      return;
    }
    case "credentials":
      report(reading, "url-credentials", range, { suggestion: problem.suggestion });
      return;
    case "empty-port":
      report(reading, "url-empty-port", range, { text, suggestion: problem.suggestion });
      return;
    case "query": {
      const { mark, suggestion } = problem;
      report(reading, "url-query", range, { mark, suggestion });
      return;
    }
    case "not-canonical":
      report(reading, "url-not-canonical", range, { text, canonical: problem.canonical });
      return;
    case "local-host":
      report(reading, "url-local-host", range, { host: problem.host, what: problem.what });
      return;
  }
}
