/** Problems of what is fetched: its settings, its lock file, and the networks behind mirrors' URLs. */
import type { CatalogueEntries } from "./entry.ts";

export const fetchCatalogue = {
  "fetch-geoip": {
    severity: "error",
    title: "source of a GeoIP database",
    message: '"{text}" is no source of a GeoIP database; it is left out',
    hints: [
      'write "{suggestion}"',
      "write packages, maxmind, none, an edition such as GeoLite2-City, or an npm package such as @ip-location-db/asn",
    ],
  },
  "fetch-host": {
    severity: "error",
    title: "host of networks",
    message: '"{text}" is not the name of a host; it is left out',
    hints: [
      'write "{suggestion}"',
      "write the host of the URLs alone, such as lists.mirror.example",
    ],
  },
  "fetch-lock": {
    severity: "error",
    title: "lock file of what was fetched",
    message: "this is no lock file of fetched data: {reason}",
    hints: ['run "mirrorpress fetch", which writes it anew'],
  },
  "subnets-url": {
    severity: "error",
    title: "URL of networks",
    message: "the networks behind {url} are left out: {reason}",
    hints: ["write an https:// URL, or the networks themselves as a list"],
  },
  "subnets-host": {
    severity: "warning",
    title: "URL of networks on a host that is not allowed",
    message: "the networks behind {url} are left out: {host} is not among the allowed hosts",
    hints: [
      'write the networks themselves as a list, or have "{host}" added to "subnets_hosts:" under fetch: in mirrorpress.yml',
    ],
  },
  "subnets-not-fetched": {
    severity: "warning",
    title: "URL of networks that was not fetched",
    message: "the networks behind {url} are not there: the mirror has none from it",
    hints: ['run "mirrorpress fetch subnets"'],
  },
  "subnets-list": {
    severity: "error",
    title: "list of networks that cannot be used",
    message: "the list of the networks behind {url} cannot be used: {reason}",
    hints: ['run "mirrorpress fetch subnets"; if it is the same, ask who publishes the list'],
  },
  "subnets-entries": {
    severity: "warning",
    title: "networks behind a URL that are left out",
    message: "networks behind {url} that are left out: {count}, such as {network}: {reason}",
    hints: ["ask who publishes the list"],
  },
} as const satisfies CatalogueEntries;
