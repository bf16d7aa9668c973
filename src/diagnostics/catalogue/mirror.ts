/** Problems of a mirror's file, of its claims on networks, and between mirrors. */
import type { CatalogueEntries } from "./entry.ts";

export const mirrorCatalogue = {
  "bad-name": {
    severity: "error",
    title: "mirror name",
    message: '"{name}" cannot be a mirror\'s name; the mirror is left out',
    hints: [
      'write "name: {suggestion}"',
      "use lower-case letters, digits, dots, hyphens: its host name",
    ],
  },
  "duplicate-name": {
    severity: "error",
    title: "two mirrors of one name",
    message: '{firstPath} already has a mirror named "{name}"; this one is left out',
    hints: ["rename one of the two, or remove the file"],
  },
  "host-of-another": {
    severity: "error",
    title: "another mirror's host",
    message: "{host} is the mirror of {firstPath}; this one is left out",
    hints: ["write the address of the mirror's own host"],
  },
  "file-name-differs": {
    severity: "note",
    title: "file name is not the mirror's name",
    message: 'the file is called "{fileName}" and the mirror "{name}"',
    hints: ['rename the file to "{suggestion}"'],
  },
  "slow-update": {
    severity: "warning",
    title: "updates less often than allowed",
    message:
      "updates every {text}, but a mirror older than {allowed} is outdated: this one is so at times by its own plan",
    hints: ['write "update_frequency: {suggestion}" and update as often'],
  },
  "bad-asn": {
    severity: "error",
    title: "not an AS number",
    message: '"{text}" is not an AS number; it is left out',
    hints: [
      'write "{suggestion}"',
      "write the number, such as {example}, or a list of numbers",
      "write the number, or a list of numbers",
    ],
  },
  "reserved-asn": {
    severity: "error",
    title: "AS number of nobody",
    message: "AS{asn} is {meaning} ({rfc}) and no client's; it is left out",
    hints: ["write the AS number that your network announces itself with"],
  },
  "bad-subnet": {
    severity: "error",
    title: "not a network",
    message: '"{text}" is not a network; it is left out',
    hints: ['write "{suggestion}"', "write it as 192.0.2.0/24 or 2001:db8::/32"],
  },
  "subnet-host-bits": {
    severity: "warning",
    title: "network with host bits",
    message: '"{text}" has bits beyond its prefix length; it is read as {network}',
    hints: ['write "{network}"'],
  },
  "subnet-too-wide": {
    severity: "error",
    title: "network too wide",
    message: "{network} is wider than /{limit}; a mirror may not claim as much; it is left out",
    hints: [
      "claim only the networks that the mirror really serves, in parts of /{limit} or narrower",
    ],
  },
  "subnet-reserved": {
    severity: "error",
    title: "network of special purpose",
    message:
      "{network} overlaps {reserved} ({name}, {rfc}), where no client comes from; it is left out",
    hints: ["write the public networks that clients come from"],
  },
  "too-many-subnets": {
    severity: "error",
    title: "too many networks",
    message: "{count} networks; the first {limit} are read",
    hints: ["write adjoining networks as one"],
  },
  "private-without-scope": {
    severity: "warning",
    title: "private, but for nobody",
    message: "private without an asn and without subnets: nobody is ever sent to this mirror",
    hints: ['add "asn:" or "subnets:"; to pause a mirror write "disabled:" with a reason'],
  },
  "monopoly-not-private": {
    severity: "error",
    title: "monopoly without private",
    message: "monopoly is only for private mirrors; it is read as false",
    hints: ['remove "monopoly: true", or add "private: true"'],
  },
  "carries-unknown": {
    severity: "error",
    title: "unknown name in carries",
    message: '"{text}" is not among the {what} of config.yml; it is left out',
    hints: ['write "{suggestion}"', "{what} there: {known}"],
  },
  "carries-vault": {
    severity: "warning",
    title: "vault in carries",
    message: '"{text}" is served from the vault, whatever mirrors carry; it is left out',
    hints: ["remove it"],
  },
  "carries-empty": {
    severity: "error",
    title: "carries none",
    message: '"{key}" holds nothing that the mirror carries: nobody is sent to it for any',
    hints: ['name what it has, or remove "{key}:", which means all'],
  },
  "carries-nothing": {
    severity: "error",
    title: "carries nothing that exists",
    message:
      "no version has the architectures and repositories that the mirror carries: nobody is sent to it",
    hints: ['mend the lists under "carries:", or pause the mirror with "disabled:"'],
  },
  "disabled-shape": {
    severity: "error",
    title: "disabled without a reason",
    message: '"disabled" wants a reason; the mirror is taken out of every list',
    hints: ['write "disabled:" and below it "reason: ..." and perhaps "until: 2026-12-31"'],
  },
  "only-and-never": {
    severity: "error",
    title: "country both in only and in never",
    message: '{country} is in "only" and in "never"; never wins',
    hints: ["remove it from one of the two"],
  },
  "bad-email": {
    severity: "warning",
    title: "not an email address",
    message: '"{text}" is not an email address',
    hints: ["write it as admin@mirror.example"],
  },
  "unknown-module": {
    severity: "warning",
    title: "unknown module",
    message: 'config.yml knows no module "{module}"; its addresses are left out',
    hints: ['write "{suggestion}:"', "modules: {known}"],
  },
} as const satisfies CatalogueEntries;
