/** Problems of a table of weights by country. */
import type { CatalogueEntries } from "./entry.ts";

export const weightsCatalogue = {
  "weights-bad-line": {
    severity: "error",
    title: "line of a table of weights",
    message: "this line is not country,weight or country,weight,family: {reason}",
    hints: ['write a country\'s code and a number, such as "DE,12.5" or "DE,12.5,ipv6"'],
  },
  "weights-unknown-country": {
    severity: "error",
    title: "unknown country in a table of weights",
    message: '"{text}" is not a country',
    hints: [
      'write "{suggestion}"',
      "write the two letters of ISO 3166-1, such as DE, or remove the line",
    ],
  },
  "weights-given-twice": {
    severity: "error",
    title: "weight given twice",
    message: "the weight of {country} for {family} is already on line {firstLine}",
    hints: ["add the two up, or remove one"],
  },
  "weights-empty": {
    severity: "error",
    title: "no weights",
    message: "no country has a weight above 0",
    hints: ['write a line for each country, such as "DE,12.5"'],
  },
} as const satisfies CatalogueEntries;
