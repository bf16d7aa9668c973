/** Problems of what is known from asking mirrors. */
import type { CatalogueEntries } from "./entry.ts";

export const probeCatalogue = {
  "probe-state-unusable": {
    severity: "error",
    title: "results of asking mirrors cannot be read",
    message:
      "this is not a state that mirrorpress probe has written: {reason}; nothing is published",
    hints: [
      "restore the file as it was, or remove it and run mirrorpress probe: all mirrors then count as alive until they fail again",
    ],
  },
  "probe-state-old": {
    severity: "warning",
    title: "results of asking mirrors are old",
    message: "mirrors were last asked {days} days ago; what is known of them may be wrong by now",
    hints: ["run mirrorpress probe"],
  },
  "probe-widened": {
    severity: "note",
    title: "left out of more than it lacks",
    message:
      "it lacks what hardly any other mirror lacks, and there is no list for it alone: it is left out of all of {what}",
    hints: [
      'say under "carries:" what it has: mirrors that lack the same share a list',
      "let it have what the others have",
    ],
  },
  "addresses-many-asns": {
    severity: "warning",
    title: "addresses in many networks",
    message:
      "its host names have addresses in {count} ASNs: that says nothing of whose clients are near it, and it counts as on-net for none of them",
    hints: ['name the ASNs that it is really in under "asn:"'],
  },
  "probe-hardly-any": {
    severity: "warning",
    title: "hardly any mirror has it",
    message:
      "only {count} of {alive} public mirrors have {what}: that is not the mirrors' fault, and nobody is left out for it",
    hints: ["see whether the origin has it, and whether config.yml should"],
  },
} as const satisfies CatalogueEntries;
