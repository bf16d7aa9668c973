/**
 * The nginx configuration of a generation.
 *
 * | file | included in | differs between generations by |
 * |---|---|---|
 * | http.conf | `http { }` | the generation's id; it alone says where the generation lies |
 * | paths.conf | http.conf | versions, repositories, architectures and list sets |
 * | countries.conf | http.conf | the lists of countries |
 * | server.conf | a `server { }` | nothing: the settings alone decide its bytes |
 *
 * nginx reads the two outer files through the symlink `current`, one after the other, so a switch
 * may fall between them: any server.conf must fit any http.conf. Everything of a generation is
 * then reached by the id in http.conf, so a worker answers from one generation until it is
 * replaced. No text that a contributor wrote is in any of them.
 */
import { EMPTY_LIST } from "./lists.ts";
import { rotationBlock } from "./nginx-rotation.ts";
import { type SetVariables, setVariables } from "./nginx-sets.ts";
import { VAULT } from "./nginx-tables.ts";
import { nginxConstant, nginxMap, nginxPath, nginxValue } from "./nginx-text.ts";

export interface Mount {
  /** Where the output directory lies on the server, absolute. */
  readonly root: string;
  readonly id: string;
  /** How many orders each list set has; a client's address picks one of them. */
  readonly rotations: number;
  /** By list set, then by rotation: the list for what is no address that routes.mmdb knows. */
  readonly unknownLists: Readonly<Record<string, readonly string[]>>;
  /** Whether there is a `NETWORKS_PATH`. */
  readonly networks: boolean;
  /** Whose list to give: the client's own, or in a preview that of `?ip=`. */
  readonly client: "remote-address" | "argument";
}

/** Who announces an address; a generation without ASN data has no such file. */
export const NETWORKS_PATH = "networks.mmdb";

/** The text of `nginx/http.conf`. */
export function httpConfiguration(mount: Mount): string {
  const { root, id, rotations } = mount;
  const generation = `${root.replace(/\/+$/, "")}/generations/${id}`;
  const sets = setVariables(Object.keys(mount.unknownLists));
  return [
    mountingComment(root, id),
    roomForVariables(sets.length * (rotations + 4)),
    mount.client === "argument" ? CLIENT_BY_ARGUMENT : CLIENT_BY_ADDRESS,
    routesBlock(`${generation}/routes.mmdb`, sets, mount),
    networksBlock(mount.networks ? `${generation}/${NETWORKS_PATH}` : null),
    ...(rotations === 1 ? [] : [rotationBlock("$mp_client", "$mp_rotation", rotations)]),
    "# Nothing is found for what is no address, such as a client on a unix socket; the look-up's own",
    "# default would not serve it.",
    ...sets.map((variables) => listMaps(variables, mount)),
    "# Literals, not the symlink: a worker stays with its generation until it is reloaded.",
    nginxConstant("$mp_generation", nginxPath(generation)),
    nginxConstant("$mp_id", nginxValue(id)),
    nginxConstant("$mp_main_list", sets.find(({ set }) => set === "all")?.list ?? '""'),
    ANSWER,
    `include ${nginxPath(`${generation}/nginx/paths.conf`)};`,
    `include ${nginxPath(`${generation}/nginx/countries.conf`)};\n`,
  ].join("\n");
}

function mountingComment(root: string, id: string): string {
  return `# mirrorpress ${id}: the part for http { }. Needs nginx's geoip2, sub and addition modules.
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
`;
}

/** nginx warns when its table of variables is crowded, of which it has some 100 itself. */
function roomForVariables(count: number): string {
  return count <= MANY_VARIABLES ? "" : "variables_hash_max_size 8192;\n";
}

const MANY_VARIABLES = 150;

const CLIENT_BY_ADDRESS = `# The client's address; server.conf says which proxies may speak for a client.
map "" $mp_client {
    default $remote_addr;
}
`;

const CLIENT_BY_ARGUMENT = `# A preview: ?ip= looks as somebody else. What cannot be an address is nowhere.
map $arg_ip $mp_client {
    default "";
    "" $remote_addr;
    "~^[0-9A-Fa-f.:]+\\z" $arg_ip;
}
`;

function routesBlock(
  path: string,
  sets: readonly SetVariables[],
  { rotations }: Pick<Mount, "rotations">,
): string {
  const lookUps = sets.flatMap(({ set, found }) =>
    Array.from({ length: rotations }, (_, rotation) => {
      const place = rotations === 1 ? "" : ` ${rotation}`;
      return `    ${found(rotation)} source=$mp_client lists ${set}${place};\n`;
    }),
  );
  return `geoip2 ${nginxPath(path)} {
    $mp_place source=$mp_client country;
${lookUps.join("")}}
`;
}

function networksBlock(path: string | null): string {
  if (path === null) {
    return [nginxConstant("$mp_asn", '""'), nginxConstant("$mp_length", '""')].join("\n");
  }
  return `geoip2 ${nginxPath(path)} {
    $mp_asn source=$mp_client asn;
    $mp_length source=$mp_client prefix_length;
}
`;
}

function listMaps(
  { set, list, found, lost }: SetVariables,
  { rotations, unknownLists }: Pick<Mount, "rotations" | "unknownLists">,
): string {
  const unknown = unknownLists[set] ?? [];
  if (unknown.length !== rotations) {
    throw new Error(`set ${set} has ${unknown.length} unknown lists and ${rotations} rotations`);
  }
  const listOf = (foundHere: string, otherwise: string) =>
    nginxMap(foundHere, list, [`"" ${otherwise};`, `default ${foundHere};`]);
  const ids = unknown.map(nginxValue);
  if (rotations === 1) return `# ${set}\n${listOf(found(0), ids[0] ?? "")}`;
  const byRotation = (target: string, values: readonly string[]) =>
    nginxMap(
      "$mp_rotation",
      target,
      values.map((value, rotation) => `"${rotation}" ${value};`),
    );
  return [
    `# ${set}`,
    byRotation(
      found(),
      unknown.map((_, rotation) => found(rotation)),
    ),
    byRotation(lost, ids),
    listOf(found(), lost),
  ].join("\n");
}

/**
 * What the locations of server.conf ask: they name nothing of a generation.
 *
 * A validator says which list is filled in with which path, so it can be no other answer's; a
 * client may send several. `\1` is the validator of the answer, `W/` left off: the comparison is
 * the weak one.
 */
const ANSWER = `map $request_method $mp_method {
    default other;
    GET "";
    HEAD "";
}

map $arg_protocol $mp_fault {
    default protocol;
    "" "";
    http "";
    https "";
}

# A country's list is the same for all who ask for it, and so is the vault's; the rest is nobody else's.
map $arg_country $mp_chosen {
    default $mp_of_country;
    "" $mp_own_list;
}
# The list without a mirror is not sent.
map $mp_chosen $mp_list {
    default $mp_chosen;
    ${EMPTY_LIST} "";
}
map $arg_country $mp_caching {
    default "public, max-age=3600";
    "" $mp_own_caching;
}
map $mp_set $mp_own_caching {
    default "private, no-store";
    ${VAULT} "public, max-age=3600";
}

map "" $mp_path {
    default $mp_directory/$mp_below;
}

map $http_if_none_match $mp_validators {
    default "$mp_etag $http_if_none_match";
    "" "";
}
map $mp_validators $mp_unchanged {
    default "";
    "" "";
    "~^\\S+ \\*\\z" 1;
    "~^W/(\\"[^\\"]+\\") (?:.*[ ,])?(?:W/)?\\1(?:[ ,]|\\z)" 1;
}

# JSON, in which nothing stands that a client wrote.
map $mp_client $mp_js_address {
    default null;
    "~^[0-9A-Fa-f.:]+\\z" '"$mp_client"';
}
map $mp_length $mp_js_network {
    "" null;
    default '"$mp_client/$mp_length"';
}
map $mp_place $mp_js_country {
    "" null;
    default '"$mp_place"';
}
map $mp_asn $mp_js_asn {
    "" null;
    default $mp_asn;
}
map "" $mp_whoami {
    default '{"address":$mp_js_address,"network":$mp_js_network,"country":$mp_js_country,"asn":$mp_js_asn,"list":"$mp_main_list","generation":"$mp_id"}\\n';
}
`;
