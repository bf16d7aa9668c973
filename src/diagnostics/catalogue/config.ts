/** Problems of config.yml and mirrorpress.yml. */
import type { CatalogueEntries } from "./entry.ts";

export const configCatalogue = {
  "config-version": {
    severity: "error",
    title: "unsupported config_version",
    message: 'config_version is "{text}"; this program reads 1 to 3',
    hints: ['write "config_version: 3"'],
  },
  "bad-version": {
    severity: "error",
    title: "version",
    message: '"{text}" cannot be a version; it is left out',
    hints: [
      "a version is letters, digits, dots, hyphens and underscores, such as 8.10 or 10-kitten",
    ],
  },
  "bad-module": {
    severity: "error",
    title: "module name",
    message: '"{text}" cannot be a module\'s name; the module is left out',
    hints: [
      'use lower-case letters, digits, hyphens and underscores, not "all", "isos" or another word of the addresses, and no "-http" at the end',
    ],
  },
  "unknown-version": {
    severity: "warning",
    title: "unlisted version",
    message: '"{version}" is not among the versions of this file; it is ignored',
    hints: ['write "{suggestion}"', 'add it to "versions"'],
  },
  "given-twice": {
    severity: "warning",
    title: "listed twice",
    message: '"{text}" is listed twice in "{key}"',
    hints: ["remove one of the two"],
  },
  "unknown-protocol": {
    severity: "error",
    title: "unknown protocol",
    message: '"{text}" is not a protocol; it is left out',
    hints: ['write "{suggestion}"', "protocols: http, https, rsync, ftp"],
  },
  "bad-repo-name": {
    severity: "error",
    title: "repository name",
    message: '"{text}" cannot be a repository\'s name; it is left out',
    hints: ["use lower-case letters, digits, dots, hyphens and underscores"],
  },
  "bad-repo-path": {
    severity: "error",
    title: "repository path",
    message: '"{text}" cannot be a repository\'s path: {reason}; the repository is left out',
    hints: [
      'write "path: {suggestion}"',
      'write a relative folder, such as "BaseOS/$basearch/os/"',
    ],
  },
  "duplicate-repo": {
    severity: "error",
    title: "two repositories of one name",
    message: 'repository "{name}" is already defined on line {firstLine}; this one is left out',
    hints: ["rename one of the two, or remove it"],
  },
  "unknown-arch": {
    severity: "warning",
    title: "unlisted architecture",
    message: '"{arch}" is not an architecture of any version; it is ignored',
    hints: ['write "{suggestion}"', 'add it to "arches"'],
  },
  "no-vault-mirror": {
    severity: "error",
    title: "no vault_mirror",
    message:
      "there are vault versions or vault repositories but no usable vault_mirror; they are left out",
    hints: ['add "vault_mirror: https://vault.example/"'],
  },
  "bad-root": {
    severity: "error",
    title: "folder of the served files",
    message:
      '"{text}" is not an absolute path of letters, digits, ".", "-" and "_"; /srv/mirrorpress is used',
    hints: ['write "root: {suggestion}"', 'write "root: /srv/mirrorpress"'],
  },
  "bad-file-path": {
    severity: "error",
    title: "path of a file on mirrors",
    message: '"{text}" under {key} is not the relative path of a file; it is left out',
    hints: ["write a path below the mirror's address, such as TIME or timestamps/last"],
  },
  "bad-resolver": {
    severity: "error",
    title: "name server",
    message: '"{text}" is not the address of a name server; it is left out',
    hints: ["write its IP address, such as 9.9.9.9 or [2620:fe::fe]:53"],
  },
  "proxies-too-wide": {
    severity: "warning",
    title: "proxies that may be anybody",
    message: "whoever is in {network} is believed to speak for any client, by X-Forwarded-For",
    hints: ["write the addresses of your load balancers alone"],
  },
  "gate-never-holds": {
    severity: "warning",
    title: "gate that never holds",
    message: '"{key}" refuses at {refuse} already, before it would hold at {hold}',
    hints: ["write the smaller number as hold, the larger as refuse"],
  },
  "override-incomplete": {
    severity: "error",
    title: "override that says nothing",
    message: "the override gives neither a country nor coordinates; it is left out",
    hints: ['add "country:" or "coordinates: [latitude, longitude]" under place:'],
  },
  "override-twice": {
    severity: "error",
    title: "network overridden twice",
    message: "{network} is already overridden on line {firstLine}; this one is left out",
    hints: ["remove one of the two"],
  },
  "override-expired": {
    severity: "note",
    title: "override has expired",
    message: "the override of {network} ended on {until}; it is left out",
    hints: ["remove it, or give it a later date"],
  },
} as const satisfies CatalogueEntries;
