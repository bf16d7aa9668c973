/**
 * Reads mirror files as the oracle needs them: straight with the `yaml` package, every scalar as
 * text, the last of two equal keys. Faults that COMPAT.md forgives are forgiven here too; of
 * placing nothing is known, so coordinates are handed in by name.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { type PlainPrefix, toPrefix } from "./address.ts";
import { compareNames } from "./orders.ts";
import type { OracleMirror } from "./rank.ts";

export interface MirrorContext {
  /** Where each mirror was placed, by name. */
  readonly placements: ReadonlyMap<
    string,
    { readonly latitude: number; readonly longitude: number }
  >;
  /** ISO codes by the other words that people write for a country: UK, Germany. */
  readonly countryWords: ReadonlyMap<string, string>;
  /** Seconds since 1970: what `disabled: {until}` is measured against. */
  readonly builtAt: number;
}

/** All mirrors of a folder and its subfolders, by name; a name that comes twice is thrown. */
export function readOracleMirrors(folder: string, context: MirrorContext): ReadMirror[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const mirrors = files
    .filter((file) => /\.ya?ml$/.test(file))
    .map((file) => oracleMirror(readFileSync(join(folder, file), "utf8"), context))
    .sort((a, b) => compareNames(a.name, b.name));
  const twice = mirrors.find((mirror, index) => mirror.name === mirrors[index + 1]?.name);
  if (twice) throw new Error(`two mirrors are called ${twice.name}`);
  return mirrors;
}

export interface ReadMirror extends OracleMirror {
  /** By product: "all", or an optional module. */
  readonly urls: ReadonlyMap<string, ProtocolUrls>;
  /** What a partial mirror has; what is absent is carried whole. */
  readonly carries: {
    readonly versions: readonly string[] | undefined;
    readonly architectures: readonly string[] | undefined;
    readonly repositories: readonly string[] | undefined;
    readonly isos: boolean;
  };
  /** Checks that it fails, where it was asked: "repo:9.8/baseos/x86_64", "kitten:isos". */
  readonly lacks?: ReadonlySet<string>;
  /** The prefixes that its cloud's provider publishes are not among its subnets. */
  readonly cloud: { readonly provider: string; readonly regions: readonly string[] } | undefined;
}

/** Canonical, each ending in "/". */
export interface ProtocolUrls {
  readonly http: string | undefined;
  readonly https: string | undefined;
}

/** The keys that are looked at; what stands under them may be anything. */
interface Written {
  readonly name?: unknown;
  readonly address?: unknown;
  readonly address_optional?: unknown;
  readonly http?: unknown;
  readonly https?: unknown;
  readonly geolocation?: unknown;
  readonly country?: unknown;
  readonly asn?: unknown;
  readonly subnets?: unknown;
  readonly private?: unknown;
  readonly monopoly?: unknown;
  readonly cloud_type?: unknown;
  readonly cloud_regions?: unknown;
  readonly carries?: unknown;
  readonly versions?: unknown;
  readonly architectures?: unknown;
  readonly repositories?: unknown;
  readonly isos?: unknown;
  readonly weight?: unknown;
  readonly disabled?: unknown;
  readonly until?: unknown;
  readonly only?: unknown;
  readonly never?: unknown;
}

export function oracleMirror(yaml: string, context: MirrorContext): ReadMirror {
  const written = parseDocument(yaml, { schema: "failsafe", uniqueKeys: false }).toJS() as Written;
  const name = word(written.name) ?? "";
  const isPrivate = isYes(written.private);
  const provider = word(written.cloud_type)?.toLowerCase();
  const carries = asMap(written.carries);
  return {
    name,
    urls: new Map(
      Object.entries({ ...asMap(written.address_optional), all: written.address }).map(
        ([product, address]) => [product, protocolUrls(asMap(address))],
      ),
    ),
    country: country(word(asMap(written.geolocation).country), context.countryWords),
    coordinates: context.placements.get(name),
    asns: asList(written.asn).map((text) => Number(text.replace(/^AS/i, ""))),
    subnets: asList(written.subnets).map(toPrefix).filter(isClaimable),
    reach: isPrivate ? "private" : provider === undefined ? "public" : "cloud",
    monopoly: isPrivate && isYes(written.monopoly),
    disabled: isDisabled(written.disabled, context.builtAt),
    only: countries(written.only, context.countryWords),
    never: countries(written.never, context.countryWords),
    weight: Number(word(written.weight) ?? "1"),
    carries: {
      versions: someOf(carries.versions),
      architectures: someOf(carries.architectures),
      repositories: someOf(carries.repositories),
      isos: word(carries.isos) === undefined || isYes(carries.isos),
    },
    cloud:
      provider === undefined ? undefined : { provider, regions: asList(written.cloud_regions) },
  };
}

function someOf(value: unknown): string[] | undefined {
  return value === undefined ? undefined : asList(value);
}

/** A URL under the wrong key is moved up but never down. */
function protocolUrls(address: Written): ProtocolUrls {
  const written = { http: word(address.http), https: word(address.https) };
  return {
    http: baseUrl(written.http, "http:"),
    https: baseUrl(written.https, "https:") ?? baseUrl(written.http, "https:"),
  };
}

function baseUrl(text: string | undefined, protocol: string): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const suspect =
    url.protocol !== protocol || url.username !== "" || /^[a-z]+:\/\/[^/]*:(\/|$)/.test(text);
  if (suspect) return undefined;
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}

function country(text: string | undefined, words: MirrorContext["countryWords"]) {
  if (text === undefined) return undefined;
  return words.get(text.toUpperCase()) ?? (text.length === 2 ? text.toUpperCase() : undefined);
}

function countries(value: unknown, words: MirrorContext["countryWords"]) {
  if (value === undefined) return undefined;
  return asList(value).flatMap((text) => country(text, words) ?? []);
}

/** SAFETY.md, rule 12: wider claims are refused. */
function isClaimable({ family, bits }: PlainPrefix): boolean {
  return bits >= (family === 4 ? 16 : 32);
}

function isDisabled(value: unknown, builtAt: number): boolean {
  if (value === undefined || value === null) return false;
  const until = word(asMap(value).until);
  return until === undefined || Date.parse(until) / 1000 > builtAt;
}

function isYes(value: unknown): boolean {
  return /^(y|yes|true|on)$/i.test(word(value) ?? "");
}

function word(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

function asMap(value: unknown): Written {
  return typeof value === "object" && value !== null ? (value as Written) : {};
}

/** A list, one word, or words with commas between. */
function asList(value: unknown): string[] {
  const items = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => (word(item) ?? "").split(",")).flatMap((item) => word(item) ?? []);
}
