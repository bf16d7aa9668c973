/**
 * The nginx configuration of a generation.
 *
 * | file | included in | differs between generations by |
 * |---|---|---|
 * | http.conf | `http { }` | the generation's id; it alone says where the generation lies |
 * | paths.conf | http.conf | versions and repositories |
 * | server.conf | a `server { }` | nothing: the settings alone decide its bytes |
 *
 * nginx reads the two outer files through the symlink `current`, one after the other, so a switch
 * may fall between them: any server.conf must fit any http.conf. Everything of a generation is
 * then reached by the id in http.conf, so a worker answers from one generation until it is
 * replaced. No text that a contributor wrote is in any of them.
 */

import { formatPrefix, type Prefix } from "../ip/prefix.ts";
import { type Artifact, textArtifact } from "./artifact.ts";
import { foundVariable, listVariable, nginxPath, nginxValue } from "./nginx-text.ts";

export interface Mount {
  /** Where the output directory lies on the server, absolute. */
  readonly root: string;
  readonly id: string;
  /** By list set, the list for what is no address, or none that routes.mmdb knows. */
  readonly unknownLists: Readonly<Record<string, string>>;
  /** Whose list to give: the client's own, or in a preview that of `?ip=`. */
  readonly client: "remote-address" | "argument";
}

/** The text of `nginx/http.conf`. */
export function httpConfiguration({ root, id, unknownLists, client }: Mount): string {
  const generation = `${root.replace(/\/+$/, "")}/generations/${id}`;
  const place = client === "argument" ? CLIENT_BY_ARGUMENT : CLIENT_BY_ADDRESS;
  const sets = Object.entries(unknownLists).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lookUps = sets.map(
    ([set]) => `    ${foundVariable(set)} source=$mirrorpress_client lists ${set};\n`,
  );
  const lists = sets.map(
    ([set, unknown]) => `map ${foundVariable(set)} ${listVariable(set)} {
    "" ${nginxValue(unknown)};
    default ${foundVariable(set)};
}
`,
  );
  return `# mirrorpress ${id}: the part for http { }. Needs nginx's geoip2 module.
#
#     http {
#         include "${root}/current/nginx/http[.]conf";
#         server {
#             listen 80;
#             listen [::]:80;
#             include "${root}/current/nginx/server[.]conf";
#         }
#     }
#
# The brackets make each include a pattern, so nginx also starts before the first build.
# After every build: nginx -t && nginx -s reload

${place}
geoip2 ${nginxPath(`${generation}/routes.mmdb`)} {
${lookUps.join("")}}

# Nothing is found for what is no address, such as a client on a unix socket; the look-up's own
# default would not serve it.
${lists.join("")}
# A literal, not the symlink: a worker stays with its generation until it is reloaded.
map "" $mirrorpress_generation {
    default ${nginxPath(generation)};
}

include ${nginxPath(`${generation}/nginx/paths.conf`)};
`;
}

const CLIENT_BY_ADDRESS = `# The client's address; server.conf says which proxies may speak for a client.
map "" $mirrorpress_client {
    default $remote_addr;
}
`;

const CLIENT_BY_ARGUMENT = `# A preview: ?ip= looks as somebody else.
map $arg_ip $mirrorpress_client {
    "" $remote_addr;
    default $arg_ip;
}
`;

export interface ServerOptions {
  /** Networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly Prefix[];
  /** Lists that a worker keeps open; must stay well below its file limit, often 1,024. */
  readonly openFiles?: number;
}

export function emitServer({ trustedProxies, openFiles = 400 }: ServerOptions): Artifact {
  return textArtifact("nginx/server.conf", serverConfiguration(trustedProxies, openFiles));
}

/**
 * `sendfile off`: with it on, an answer that a filter has changed waits for a delayed
 * acknowledgement, 44 ms. `etag` and dates are off because two lists of one length and age would
 * share a validator, and a client would be told that another country's list is still its own.
 * The captures are named, and the maps' source: `$uri` is no longer the request's when the filter
 * runs. `\z`, because `$` would let a line feed through.
 */
function serverConfiguration(trustedProxies: readonly Prefix[], openFiles: number): string {
  const proxies = trustedProxies.map(
    (network) => `        set_real_ip_from ${formatPrefix(network)};\n`,
  );
  const realIp =
    proxies.length === 0
      ? "        # serve.trustedProxies is empty: nobody may speak for a client.\n"
      : `${proxies.join("")}        real_ip_header X-Forwarded-For;\n        real_ip_recursive on;\n`;
  return `# mirrorpress: the part for a server { }. The part for http { }, http.conf, says how to mount both.

location ^~ /mirrorlist/ {
    default_type text/plain;
    types { }
    charset utf-8;
    sendfile off;
    etag off;
    if_modified_since off;
    add_header Cache-Control "private, no-store" always;
    error_page 404 /mirrorpress/not-found;

    location ~ "^/mirrorlist/(?<mirrorpress_version>[A-Za-z0-9._-]+)/(?<mirrorpress_repository>[A-Za-z0-9._-]+)\\z" {
${realIp}
        if ($request_method !~ "^(?:GET|HEAD)\\z") {
            return 405 "A mirror list can only be read: use GET or HEAD.\\n";
        }
        if ($mirrorpress_answer = "") {
            return 404;
        }

        # More open files than a worker may have would turn lists into errors.
        open_file_cache max=${openFiles} inactive=10m;
        open_file_cache_valid 10m;

        sub_filter "{path}" $mirrorpress_path;
        sub_filter_once off;
        sub_filter_types text/plain;

        root $mirrorpress_generation;
        try_files /$mirrorpress_file =500;
    }

    location /mirrorlist/ {
        return 404;
    }
}

location = /mirrorpress/not-found {
    internal;
    default_type text/plain;
    types { }
    charset utf-8;
    etag off;
    if_modified_since off;
    add_header Cache-Control "private, no-store" always;
    root $mirrorpress_generation;
    try_files /nginx/not-found.txt =404;
}
`;
}
