/**
 * What the addresses of mirrors tell of them: whose network they are in, and where one is whose file
 * does not say it. Addresses are known of mirrors that were asked.
 */

import type { Diagnostic, Report } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import { countryByCode } from "../geo/countries.ts";
import { type Address, parseAddress } from "../ip/address.ts";
import type { PlacedMirror } from "../model/mirror.ts";
import type { Policy } from "../model/policy.ts";
import type { ProbeState } from "../model/probe-state.ts";
import type { AsnRanges } from "../sources/asn.ts";
import { asnOf, locate, type PlaceSources } from "./locate.ts";

/**
 * Whoever runs a name can give it any address, and no pull request is read for that: so a name with
 * addresses in more networks than this is taken to be in none of them.
 */
const MOST_OWN_ASNS = 4;

/** In their order. A name with many addresses is placed where the first is of which that is known. */
export function withAddresses(
  mirrors: readonly PlacedMirror[],
  state: ProbeState,
  policy: Policy,
  where: PlaceSources & { readonly asns: AsnRanges },
  report: Report,
): readonly PlacedMirror[] {
  return mirrors.map((mirror) => {
    const addresses = addressesOf(mirror, state);
    if (addresses.length === 0) return mirror;
    const found = inOrder(addresses.flatMap((address) => asnOf(address, where.asns) ?? []));
    const ownAsns = found.length > MOST_OWN_ASNS ? [] : found;
    if (found.length > ownAsns.length) {
      report(problem("addresses-many-asns", { file: mirror.file }, { count: found.length }));
    }
    const asns = countsOwn(policy) ? inOrder([...mirror.asns, ...ownAsns]) : mirror.asns;
    const known = { ...mirror, asns, ...(ownAsns.length > 0 && { ownAsns }) };
    return mirror.placed ? known : placedByAddress(known, addresses, where);
  });
}

/** Without what was said of a place before addresses gave one. */
export function stillUnplaced(
  diagnostics: readonly Diagnostic[],
  mirrors: readonly PlacedMirror[],
): readonly Diagnostic[] {
  const placed = new Set(
    mirrors.filter((mirror) => mirror.placed?.by === "address").map(({ file }) => file.path),
  );
  return diagnostics.filter(
    ({ code, file }) =>
      !(code === "no-geolocation" || code === "placed-nowhere") || !placed.has(file?.path ?? ""),
  );
}

/** Of public mirrors alone: the others are for the networks that their files name. */
function addressesOf({ name, reach }: PlacedMirror, { mirrors }: ProbeState): readonly Address[] {
  if (reach !== "public" || !Object.hasOwn(mirrors, name)) return [];
  const { ipv4 = [], ipv6 = [] } = mirrors[name]?.addresses ?? {};
  return [...ipv4, ...ipv6].flatMap((text) => parseAddress(text) ?? []);
}

function countsOwn({ steps }: Policy): boolean {
  return steps.some((step) => step.kind === "on-net" && step.declaredAsnsOnly !== true);
}

function placedByAddress(
  mirror: PlacedMirror,
  addresses: readonly Address[],
  where: PlaceSources,
): PlacedMirror {
  const place = addresses.map((address) => locate(address, where).place).find((each) => each);
  if (!place) return mirror;
  const country = mirror.location.country ?? place.country;
  const continent = country === undefined ? undefined : countryByCode(country)?.continent;
  return {
    ...mirror,
    location: { ...mirror.location, ...(country !== undefined && { country }) },
    placed: { at: place.coordinates, by: "address" },
    ...(continent !== undefined && { continent }),
  };
}

function inOrder(asns: readonly number[]): readonly number[] {
  return [...new Set(asns)].sort((a, b) => a - b);
}
