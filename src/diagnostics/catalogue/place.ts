/** Problems of where a mirror is. */
import type { CatalogueEntries } from "./entry.ts";

export const placeCatalogue = {
  "empty-list": {
    severity: "error",
    title: "empty list",
    message: 'no mirror of the list set "{set}" is left for {clients}; nothing is published',
    hints: ["add a public mirror, or lift the only:, never: or disabled: of one"],
  },
  "unserved-clients": {
    severity: "warning",
    title: "nothing for some countries",
    message: 'no mirror of the list set "{set}" may serve {clients}: they get a 404 there',
    hints: ["add a public mirror that may, or lift the only: or never: of one"],
  },
  "country-unknown": {
    severity: "error",
    title: "unknown country",
    message: '"{text}" is not a country; it is left out',
    hints: [
      "write it anew: {character} is a letter of another script that only looks alike",
      'write "{key}: {suggestion}"',
      'write a list: "{key}: [{codes}]"',
      "write the two letters of ISO 3166-1, such as DE",
    ],
  },
  "country-alias": {
    severity: "warning",
    title: "country by another code",
    message:
      '"{text}" is read as {code}: read literally, no client would be in the mirror\'s country',
    hints: ['write "{key}: {code}"', 'write "{code}"'],
  },
  "country-by-name": {
    severity: "warning",
    title: "country by name",
    message: '"{text}" is read as {code}',
    hints: ['write "{key}: {code}"', 'write "{code}"'],
  },
  "city-ambiguous": {
    severity: "error",
    title: "ambiguous city",
    message:
      'there are {count} places named "{city}" in {country}, up to {distanceKm} km apart; the mirror is placed at the one with the most addresses, {share}% of them',
    hints: [
      'add "coordinates: [{latitude}, {longitude}]" if that is the one, or those of the right one',
      'add "state_province:" or "coordinates: [latitude, longitude]"',
    ],
  },
  "city-unknown": {
    severity: "warning",
    title: "city not in the gazetteer",
    message: 'no record names a city "{city}" in {country}; the mirror is placed by its {fallback}',
    hints: ['write "city: {suggestion}"', 'add "coordinates: [latitude, longitude]"'],
  },
  "city-subdivision-swapped": {
    severity: "error",
    title: "city and state swapped",
    message:
      'state_province "{subdivision}" is a city, and city "{city}" is a state: read as city "{subdivision}" in "{city}"',
    hints: ['write "state_province: {city}" and "city: {subdivision}"'],
  },
  "subdivision-alias": {
    severity: "note",
    title: "state spelled otherwise",
    message: '"{text}" is read as {name}',
    hints: ['write "state_province: {name}"'],
  },
  "subdivision-unknown": {
    severity: "note",
    title: "unknown state",
    message: 'no record names a state "{text}" in {country}',
    hints: ['write "state_province: {suggestion}"', "check its spelling, or leave it out"],
  },
  "no-geolocation": {
    severity: "note",
    title: "no geolocation",
    message:
      "the file does not say where the mirror is: it is listed for its own networks and in the full list only",
    hints: ['add "geolocation:" with country and city, or "coordinates: [latitude, longitude]"'],
  },
  "placed-nowhere": {
    severity: "warning",
    title: "mirror without a place",
    message:
      "nothing tells where the mirror is: it is listed for its own networks and in the full list only",
    hints: [
      'write "{key}:" under geolocation: as two letters, or add "coordinates: [latitude, longitude]"',
      'add "geolocation:" with country and city, or "coordinates: [latitude, longitude]"',
    ],
  },
  "coordinates-elsewhere": {
    severity: "warning",
    title: "coordinates outside the country",
    message:
      "the coordinates are more than {limitKm} km from anything that GeoIP has in {country}; they are used",
    hints: [
      'if that is meant, write "coordinates: [{latitude}, {longitude}]": latitude first',
      'mend the coordinates, latitude first, or "country:" under geolocation:',
    ],
  },
  "bad-coordinates": {
    severity: "error",
    title: "coordinates",
    message: '"{text}" is not a pair of coordinates: {reason}; they are left out',
    hints: [
      "if that is meant, write [{latitude}, {longitude}]: latitude first, with a decimal point",
      'write "coordinates: [52.52, 13.40]": latitude first, in degrees',
    ],
  },
} as const satisfies CatalogueEntries;
