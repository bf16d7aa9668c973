/**
 * What a mirror's freshness file says: when its tree was last updated.
 *
 *     unix      1795347600                         `date +%s > TIME`
 *     rfc2822   Sun, 22 Nov 2026 11:40:00 +0000    `date -R`; RFC 5322, 3.3, which replaced RFC 2822
 *     repomd    <revision>, <timestamp>            of createrepo, in any repomd.xml
 */
import type { TimeFormat } from "../model/probe-settings.ts";

/** Seconds since 1970; null for what is no timestamp of the format. */
export function readTimestamp(text: string, format: TimeFormat): number | null {
  switch (format) {
    case "unix":
      return readUnix(text.trim());
    case "rfc2822":
      return readMailDate(text.trim());
    case "repomd":
      return newestOfRepomd(text);
  }
}

/** With a fraction, as `date +%s.%N` and old versions of createrepo write it, or without. */
const UNIX = /^(\d{1,11})(?:\.\d{1,9})?$/;

function readUnix(text: string): number | null {
  const [, seconds] = UNIX.exec(text) ?? [];
  return seconds === undefined ? null : Number(seconds);
}

/** The comment with a zone's name that many programs put behind it is a part of the format. */
const MAIL_DATE =
  /^(?:(?:mon|tue|wed|thu|fri|sat|sun),?\s+)?(\d{1,2})\s+([a-z]{3})\s+(\d{4})\s+(\d{2}):(\d{2})(?::(\d{2}))?\s+(?:([+-])(\d{2})(\d{2})|ut|utc|gmt|z)(?:\s+\([^()]*\))?$/i;

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");

/** The day of the week is not held against the date: it says nothing that the date does not. */
function readMailDate(text: string): number | null {
  const match = MAIL_DATE.exec(text);
  if (!match) return null;
  const numberAt = (group: number) => Number(match[group] ?? 0);
  const [day, year, hour, minute, second] = [1, 3, 4, 5, 6].map(numberAt) as Numbers;
  const month = MONTHS.indexOf(match[2]?.toLowerCase() ?? "");
  const zoneMinutes = (match[7] === "-" ? -1 : 1) * (numberAt(8) * 60 + numberAt(9));
  const midnight = Date.UTC(year, month, day);
  const exists = month >= 0 && day >= 1 && new Date(midnight).getUTCDate() === day;
  // 60 is a leap second, which unix time does not count: the next minute's first.
  const isTime = hour <= 23 && minute <= 59 && second <= 60 && numberAt(9) <= 59;
  // Date.UTC takes years below 100 for those of the last century.
  if (!exists || !isTime || year < 1970) return null;
  return midnight / 1000 + hour * 3600 + minute * 60 + second - zoneMinutes * 60;
}

type Numbers = [number, number, number, number, number];

/**
 * The newest of all. A revision is the time of createrepo's run unless somebody gave another name
 * to it, "42" or "9.8": a number that would be before 2001 is none.
 */
function newestOfRepomd(text: string): number | null {
  let newest: number | null = null;
  for (const [, , written = ""] of text.matchAll(/<(revision|timestamp)>\s*([^<]{1,32}?)\s*<\//g)) {
    const seconds = readUnix(written);
    if (seconds === null || seconds < 1e9) continue;
    if (newest === null || seconds > newest) newest = seconds;
  }
  return newest;
}
