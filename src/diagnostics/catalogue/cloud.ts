/** Problems of cloud mirrors and of the lists of networks that their providers publish. */
import type { CatalogueEntries } from "./entry.ts";

export const cloudCatalogue = {
  "cloud-incomplete": {
    severity: "error",
    title: "half a cloud mirror",
    message: "{present} without {absent}; the mirror is read as {reach}",
    hints: ['add "{absent}:"'],
  },
  "unknown-cloud": {
    severity: "note",
    title: "cloud without a list of networks",
    message:
      'no list of networks is known for a cloud "{text}": the mirror is for its own asn and subnets',
    hints: [
      'if that is meant, write "cloud_type: {suggestion}"',
      "clouds with a list: aws, azure, gcp, oci",
    ],
  },
  "cloud-without-scope": {
    severity: "warning",
    title: "cloud, but for nobody",
    message:
      "a cloud mirror without an asn, without subnets and without networks of {provider}: nobody is sent to it",
    hints: [
      'run "mirrorpress fetch {key}", or download {url} to data/cloud/{key}.json; or add "asn:" or "subnets:"',
      'add "asn:" or "subnets:" of the clients it is for',
    ],
  },
  "cloud-feed-missing": {
    severity: "warning",
    title: "no list of a cloud's networks",
    message:
      "the list of the networks of {provider} is not there: the mirror is for its own asn and subnets alone",
    hints: ['run "mirrorpress fetch {key}", or download {url} to data/cloud/{key}.json'],
  },
  "cloud-feed-unusable": {
    severity: "error",
    title: "list of a cloud's networks cannot be used",
    message:
      "this is not the list of networks that {provider} publishes: {reason}; its mirrors are for their own asn and subnets alone",
    hints: ["download it once more; if it is the same, its format has changed"],
  },
  "cloud-feed-entries": {
    severity: "warning",
    title: "entries of a cloud's list",
    message: "entries that are no region with a network are left out: {count}, such as {example}",
    hints: ["download the file once more; if it is the same, tell its publisher"],
  },
  "cloud-feed-networks": {
    severity: "warning",
    title: "networks that no cloud has",
    message: "networks that are left out: {count}, such as {network}: {reason}",
    hints: ["download the file once more; if it is the same, tell its publisher"],
  },
  "unknown-cloud-region": {
    severity: "error",
    title: "unknown region of a cloud",
    message: '{provider} has no region "{text}" in {path}; it is left out',
    hints: ['write "{suggestion}"', 'write "all", or regions there: {known}'],
  },
} as const satisfies CatalogueEntries;
