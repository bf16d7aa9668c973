/**
 * `nginx/server.conf`: what is answered at which address, for any generation.
 *
 * - `sendfile off`: with it on, an answer that a filter has changed waits for a delayed
 *   acknowledgement, 44 ms.
 * - nginx's own validators are off, for they are a file's age and size, which two lists may share:
 *   a client would be told that another country's list is still its own.
 * - The captures are named, and the maps' source: `$uri` is no longer the request's when a filter
 *   runs. `\z`, because `$` would let a line feed through.
 * - nginx cannot echo what it was sent: each text is fixed, or made of what a map knows.
 */
import { formatPrefix, type Prefix } from "../ip/prefix.ts";
import { type Artifact, textArtifact } from "./artifact.ts";
import { ERROR_LOCATIONS, ERROR_PAGES } from "./nginx-errors.ts";

export interface ServerOptions {
  /** Networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly Prefix[];
  /** Lists that a worker keeps open; must stay well below its file limit, often 1,024. */
  readonly openFiles?: number;
}

export function emitServer({ trustedProxies, openFiles = 400 }: ServerOptions): Artifact {
  return textArtifact(
    "nginx/server.conf",
    indented(
      [
        "# mirrorpress: the part for a server { }. The part for http { }, http.conf, says how to mount both.",
        "# It answers at every address; what else the server has needs locations that are more particular.\n",
        realIp(trustedProxies),
        ERROR_PAGES,
        listLocation("mirrorlist", openFiles),
        listLocation("isolist", openFiles),
        ABOUT_THE_CLIENT,
        SITE,
        ERROR_LOCATIONS,
      ].join("\n"),
    ),
  );
}

/** By its braces: the pieces below know nothing of where they come to stand. */
function indented(text: string): string {
  let depth = 0;
  const lines = text.split("\n").map((written) => {
    const line = written.trim();
    if (line === "}") depth--;
    const indentation = line === "" ? "" : "    ".repeat(depth);
    if (line.endsWith("{")) depth++;
    return indentation + line;
  });
  return lines.join("\n");
}

/** For the whole server: what a location decides before it answers must know the client already. */
function realIp(trustedProxies: readonly Prefix[]): string {
  if (trustedProxies.length === 0) {
    return "# serve.trustedProxies is empty: nobody may speak for a client.\n";
  }
  const proxies = trustedProxies.map((network) => `set_real_ip_from ${formatPrefix(network)};\n`);
  return `${proxies.join("")}real_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n`;
}

const NAME = "[A-Za-z0-9._-]+";

/** What all answers have in common. `Vary` by hand: nginx would leave it out of HEAD and 304. */
const COMMON = `types { }
    charset utf-8;
    charset_types text/plain text/css text/javascript;
    etag off;
    if_modified_since off;
    max_ranges 0;
    add_header X-Content-Type-Options nosniff always;`;

const COMPRESSED = `gzip on;
    gzip_comp_level 1;
    gzip_min_length 500;
    gzip_proxied any;
    gzip_vary off;
    add_header Vary Accept-Encoding always;`;

/** A conditional request is answered by a validator of ours; nginx then may not add one of its own. */
const VALIDATED = `add_header ETag $mp_etag;
    add_header Last-Modified "";`;

const GET_OR_HEAD = `if ($mp_method) {
        return 405;
    }`;

/**
 * A list file is filled in while it is sent. For JSON each line is a string: the quotes around it
 * come with what is filled in and what begins the next line, the first and the last bracket from
 * the addition module. A URL needs no escape in JSON, for none holds a quote or a backslash.
 */
function listLocation(kind: "mirrorlist" | "isolist", openFiles: number): string {
  const isJson = kind === "isolist";
  const [second, type] = isJson ? ["arch", "application/json"] : ["repository", "text/plain"];
  const choice = isJson ? "set $mp_repository isos/;" : "set $mp_arch $arg_arch;";
  const filling = isJson
    ? `sub_filter "{path}" '$mp_path"';
    sub_filter "\\nhttp" ',\\n"http';
    add_before_body /mirrorpress/json-begin;
    add_after_body /mirrorpress/json-end;
    addition_types ${type};`
    : 'sub_filter "{path}" $mp_path;';
  return `location ^~ /${kind}/ {
    location ~ "^/${kind}/(?<mp_version>${NAME})/(?<mp_${second}>${NAME})/?\\z" {
        ${choice}
        set $mp_etag 'W/"$mp_list/$mp_path"';
        ${GET_OR_HEAD}
        if ($mp_fault) {
            rewrite ^ /mirrorpress/bad-protocol last;
        }
        if ($mp_list = "") {
            rewrite ^ /mirrorpress/refused last;
        }
        if ($mp_unchanged) {
            return 304;
        }

        default_type ${type};
        ${COMMON}
        add_header Cache-Control $mp_caching;
        ${VALIDATED}
        ${COMPRESSED}
        gzip_types ${type};
        sendfile off;

        # More open files than a worker may have would turn lists into errors.
        open_file_cache max=${openFiles} inactive=10m;
        open_file_cache_valid 10m;

        ${filling}
        sub_filter_once off;
        sub_filter_types ${type};
        sub_filter_last_modified on;

        root $mp_generation;
        try_files /lists/$mp_list =500;
    }

    location /${kind}/ {
        rewrite ^ /mirrorpress/${isJson ? "refused" : "no-list"} last;
    }
}
`;
}

const ABOUT_THE_CLIENT = `location = /mirrorpress/json-begin {
    internal;
    default_type application/json;
    return 200 '["';
}
location = /mirrorpress/json-end {
    internal;
    default_type application/json;
    return 200 ']\\n';
}

location ~ "^/(?:whoami|debug/json/ip_info)/?\\z" {
    ${GET_OR_HEAD}
    default_type application/json;
    ${COMMON}
    add_header Cache-Control "private, no-store" always;
    return 200 $mp_whoami;
}

location ~ "^/(?:nearest|debug/json/nearest_mirrors)/?\\z" {
    ${GET_OR_HEAD}
    default_type application/json;
    ${COMMON}
    add_header Cache-Control "private, no-store" always;
    add_header Last-Modified "";
    ${COMPRESSED}
    gzip_types application/json;
    root $mp_generation;
    try_files /near/$mp_main_list.$mp_near.json /near/$mp_main_list.none.json =404;
}
`;

/** Pages load what is beside them and nothing else. */
const SECURITY = `add_header Content-Security-Policy "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" always;
    add_header Referrer-Policy no-referrer always;`;

/** What is in the site differs between generations alone, so their id is its validator. */
const UNLESS_UNCHANGED = `set $mp_etag 'W/"$mp_id"';
    if ($mp_unchanged) {
        return 304;
    }`;

const SITE_HEADERS = `${COMMON}
    add_header Cache-Control "public, max-age=300";
    ${VALIDATED}
    ${COMPRESSED}`;

const SITE = `location ~ "^/(?:mirrors\\.json|debug/json/all_mirrors/?)\\z" {
    ${GET_OR_HEAD}
    ${UNLESS_UNCHANGED}
    default_type application/json;
    ${SITE_HEADERS}
    gzip_types application/json;
    root $mp_generation;
    try_files /site/mirrors.json =404;
}

location ^~ /site/ {
    location ~ "^/site/(?<mp_asset>[a-z0-9][a-z0-9-]*\\.(?:css|js|svg|png))\\z" {
        ${GET_OR_HEAD}
        ${UNLESS_UNCHANGED}
        default_type application/octet-stream;
        ${SITE_HEADERS}
        types {
            text/css css;
            text/javascript js;
            image/svg+xml svg;
            image/png png;
        }
        gzip_types text/css text/javascript image/svg+xml;
        root $mp_generation;
        try_files /site/$mp_asset =404;
    }
    location /site/ {
        return 404;
    }
}

location ~ "^(?<mp_isos>(?:/[a-z0-9][a-z0-9._-]*)?/isos)/(?<mp_arch>${NAME})/(?<mp_version>${NAME}?)(?:\\.html|/)?\\z" {
    set $mp_repository isos/;
    ${GET_OR_HEAD}
    if ($mp_scope = "") {
        rewrite ^ /mirrorpress/refused last;
    }
    ${UNLESS_UNCHANGED}
    default_type text/html;
    ${SITE_HEADERS}
    ${SECURITY}
    root $mp_generation;
    try_files /site$mp_isos/$mp_basearch/$mp_directory.html =404;
}

location / {
    ${GET_OR_HEAD}
    if ($mp_page = "") {
        return 404;
    }
    ${UNLESS_UNCHANGED}
    default_type text/html;
    ${SITE_HEADERS}
    ${SECURITY}
    root $mp_generation;
    try_files /site/$mp_page =404;
}
`;
