/**
 * The locations of server.conf that say what is wrong with a request: whole sentences, and none of
 * its words. What of a URL there is not, is said by the maps of nginx-refusals.ts.
 */

/** nginx says 494 and 497 to itself; whatever it cannot read is malformed, and not our failure. */
export const ERROR_PAGES = `error_page 400 494 495 496 497 501 505 =400 /mirrorpress/malformed;
error_page 404 /mirrorpress/nothing;
error_page 405 /mirrorpress/not-allowed;
error_page 412 /mirrorpress/failed-condition;
error_page 413 414 =400 /mirrorpress/too-long;
`;

const SAID = `internal;
    default_type text/plain;
    types { }
    charset utf-8;
    add_header Cache-Control "private, no-store" always;
    add_header X-Content-Type-Options nosniff always;`;

/** Nobody can ask for them: requests are sent here. */
export const ERROR_LOCATIONS = `location = /mirrorpress/bad-protocol {
    ${SAID}
    return 400 "Invalid input for protocol, valid options: http, https\\n";
}
location = /mirrorpress/refused {
    ${SAID}
    return 404 $mp_refusal;
}
location = /mirrorpress/no-list {
    internal;
    return 404;
    error_page 404 /mirrorpress/all-lists;
}
location = /mirrorpress/all-lists {
    ${SAID}
    etag off;
    if_modified_since off;
    root $mp_generation;
    try_files /nginx/not-found.txt =404;
}
location = /mirrorpress/nothing {
    ${SAID}
    return 404 "There is nothing here. Ask for /mirrorlist/<version>/<repository>, /isolist/<version>/<architecture>, /nearest, /whoami, /mirrors.json, /isos or /.\\n";
}
location = /mirrorpress/malformed {
    ${SAID}
    return 400 "This is no request that can be read: ask with GET or HEAD, as HTTP/1.1 has it.\\n";
}
location = /mirrorpress/too-long {
    ${SAID}
    return 400 "This request is too long: ask for an address below 8,000 characters, and send no body.\\n";
}
location = /mirrorpress/failed-condition {
    ${SAID}
    return 412 "What this request insists on does not hold: ask without If-Match and If-Unmodified-Since.\\n";
}
location = /mirrorpress/not-allowed {
    ${SAID}
    add_header Allow "GET, HEAD" always;
    return 405 "This can only be read: use GET or HEAD.\\n";
}
`;
