/** The gates of the GeoIP databases: their sizes, countries and ages. */
import type { GateLimits } from "../model/gate-settings.ts";
import type { NetworkDiff } from "./diff.ts";
import {
  countText,
  type GateFinding,
  limitText,
  percentText,
  someOf,
  verdictOf,
} from "./gate-finding.ts";

export function geoipSizeGates(
  { before, after }: NetworkDiff,
  limits: GateLimits,
): readonly (GateFinding | null)[] {
  const measured = [
    ["ipv4Nodes", "nodes of the City database for IPv4"],
    ["ipv6Nodes", "nodes of the City database for IPv6"],
    ["asnRanges", "ranges of the ASN databases"],
  ] as const;
  return measured.map(([key, what]): GateFinding | null => {
    const [old, now] = [before.geoip[key], after.geoip[key]];
    if (old === undefined || now === undefined || old === 0) return null;
    const drop = (old - now) / old;
    const verdict = verdictOf(drop * 100, limits);
    return (
      verdict && {
        gate: "geoip-size",
        verdict,
        found: `${what}: ${countText(old)} before, ${countText(now)} now, ${percentText(drop)} fewer`,
        limit: limitText(limits, "%"),
        cause: "the file is incomplete, or another product than before",
        check: "Compare its size and its name with the last one's, and fetch it again.",
      }
    );
  });
}

export function countriesGate(
  { before, after }: NetworkDiff,
  limits: GateLimits,
): GateFinding | null {
  const gone = before.countries.filter((country) => !after.countries.includes(country));
  const verdict = verdictOf(gone.length, limits);
  return (
    verdict && {
      gate: "countries",
      verdict,
      found: `countries with clients: ${before.countries.length} before, ${after.countries.length} now; gone are ${someOf(gone)}`,
      limit: limitText(limits, ""),
      cause: "the City database is incomplete, or another product than before",
      check: "Compare its size and its name with the last one's, and fetch it again.",
    }
  );
}

const DAY_SECONDS = 86_400;

/** Said once when the age is reached, and again each time it has been as long once more. */
export function geoipAgeGate(
  { before, after }: NetworkDiff,
  limitDays: number,
): GateFinding | null {
  const found = (["cityAt", "asnAt"] as const).flatMap((key) => {
    const madeAt = after.geoip[key];
    if (madeAt === undefined) return [];
    const days = (after.builtAt - madeAt) / DAY_SECONDS;
    const madeBefore = before.geoip[key];
    const daysBefore = madeBefore === undefined ? 0 : (before.builtAt - madeBefore) / DAY_SECONDS;
    const times = (age: number) => Math.floor(age / limitDays);
    return times(days) > times(daysBefore) ? [{ key, days: Math.floor(days), daysBefore }] : [];
  });
  const [oldest] = found.sort((a, b) => b.days - a.days);
  if (oldest === undefined) return null;
  const what = oldest.key === "cityAt" ? "City" : "ASN";
  return {
    gate: "geoip-age",
    verdict: "hold",
    found: `the ${what} database is ${oldest.days} days old; in the generation in place it was ${Math.floor(oldest.daysBefore)}`,
    limit: `held at ${limitDays} days, and every ${limitDays} days after that`,
    cause: "nothing newer was fetched",
    check: "Run mirrorpress fetch, and see what it says; geoip.max_age_days sets another age.",
  };
}

export function geoipOlderGate({ before, after }: NetworkDiff): GateFinding | null {
  const older = (["cityAt", "asnAt"] as const).find((key) => {
    const [old, now] = [before.geoip[key], after.geoip[key]];
    return old !== undefined && now !== undefined && now < old;
  });
  if (older === undefined) return null;
  const day = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);
  return {
    gate: "geoip-older",
    verdict: "refuse",
    found: `the ${older === "cityAt" ? "City" : "ASN"} database is of ${day(after.geoip[older]!)}; that of the generation in place is of ${day(before.geoip[older]!)}`,
    limit: "refused where a database is older than the last one",
    cause: "an old file was put back, or a download came from an old copy",
    check: "See where the file comes from, and fetch it again.",
  };
}
