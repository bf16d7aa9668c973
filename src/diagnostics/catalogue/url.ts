/** Problems of the addresses a mirror is reached at. */
import type { CatalogueEntries } from "./entry.ts";

export const urlCatalogue = {
  "bad-url": {
    severity: "error",
    title: "not a URL",
    message: '"{text}" is not an {scheme} URL: {reason}; it is left out',
    hints: [
      'write "{suggestion}"',
      "write it as {example}",
      "write it as {scheme}://mirror.example/almalinux/",
    ],
  },
  "url-not-canonical": {
    severity: "error",
    title: "URL that is read as another",
    message: '"{text}" would be read as "{canonical}"; it is left out',
    hints: ['if that is meant, write "{canonical}"'],
  },
  "url-credentials": {
    severity: "error",
    title: "user name in a URL",
    message: "the URL holds a user name or password; it is left out",
    hints: ['write "{suggestion}"'],
  },
  "url-empty-port": {
    severity: "error",
    title: "URL with an empty port",
    message: '"{text}" has a colon but no port; it is left out',
    hints: ['write "{suggestion}"'],
  },
  "url-query": {
    severity: "error",
    title: "query or fragment in a URL",
    message: 'a base URL ends with a folder, this one has a "{mark}"; it is left out',
    hints: ['write "{suggestion}"'],
  },
  "url-local-host": {
    severity: "error",
    title: "host that is not public",
    message: '"{host}" is {what}, which clients cannot reach; it is left out',
    hints: ["write the host name that the mirror has in public DNS"],
  },
  "https-holds-http": {
    severity: "error",
    title: "https: holding http://",
    message: "https: holds an http:// URL; it is left out",
    hints: ['if the mirror has https, write "https: {suggestion}"; if not, remove the line'],
  },
  "urls-swapped": {
    severity: "warning",
    title: "http: and https: swapped",
    message: "http: holds an https:// URL and https: an http:// one; each is read as the other",
    hints: ['write "http: {http}" and "https: {https}"'],
  },
  "http-holds-https": {
    severity: "warning",
    title: "http: holding https://",
    message: "http: holds an https:// URL; it is read as the mirror's https",
    hints: ['write "https: {text}"', "remove the line: https: is given as well"],
  },
  "url-wrong-scheme": {
    severity: "error",
    title: "URL with another scheme",
    message: "{key}: holds {found}://, not {key}://; it is left out",
    hints: ["write an {key}:// URL, or remove the line"],
  },
  "url-no-scheme": {
    severity: "warning",
    title: "link without a scheme",
    message: '"{text}" is read as {url}',
    hints: ['write "{url}"'],
  },
  "rsync-module": {
    severity: "note",
    title: "rsync as host::module",
    message: '"{text}" is read as {url}',
    hints: ['write "rsync: {url}"'],
  },
  "no-https": {
    severity: "warning",
    title: "no https",
    message: "the mirror has no https: clients that ask for https never get it",
    hints: [
      'add "https: {suggestion}" if the mirror offers it',
      'add "https:" if the mirror offers it',
    ],
  },
  "no-http": {
    severity: "note",
    title: "no http",
    message: "the mirror has no http; it is listed with https",
    hints: [
      'add "http: {suggestion}" if the mirror offers it',
      'add "http:" if the mirror offers it',
    ],
  },
  "no-urls": {
    severity: "error",
    title: "no usable address",
    message: "the mirror has no usable {protocols} address; the mirror is left out",
    hints: ["give at least one of {protocols} under address:"],
  },
} as const satisfies CatalogueEntries;
