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
import { rotationBlock } from "./nginx-rotation.ts";
import { type SetVariables, setVariables } from "./nginx-sets.ts";
import { nginxMap, nginxPath, nginxValue } from "./nginx-text.ts";

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
    roomForVariables(sets.length * (rotations + 2)),
    mount.client === "argument" ? CLIENT_BY_ARGUMENT : CLIENT_BY_ADDRESS,
    routesBlock(`${generation}/routes.mmdb`, sets, mount),
    networksBlock(mount.networks ? `${generation}/${NETWORKS_PATH}` : null),
    ...(rotations === 1
      ? []
      : [rotationBlock("$mirrorpress_client", "$mirrorpress_rotation", rotations)]),
    "# Nothing is found for what is no address, such as a client on a unix socket; the look-up's own",
    "# default would not serve it.",
    ...sets.map((variables) => listMaps(variables, mount)),
    "# Literals, not the symlink: a worker stays with its generation until it is reloaded.",
    constant("$mirrorpress_generation", nginxPath(generation)),
    constant("$mirrorpress_generation_id", nginxValue(id)),
    constant("$mirrorpress_main_list", sets.find(({ set }) => set === "all")?.list ?? '""'),
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

const MANY_VARIABLES = 50;

const CLIENT_BY_ADDRESS = `# The client's address; server.conf says which proxies may speak for a client.
map "" $mirrorpress_client {
    default $remote_addr;
}
`;

const CLIENT_BY_ARGUMENT = `# A preview: ?ip= looks as somebody else. What cannot be an address is nowhere.
map $arg_ip $mirrorpress_client {
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
      return `    ${found(rotation)} source=$mirrorpress_client lists ${set}${place};\n`;
    }),
  );
  return `geoip2 ${nginxPath(path)} {
    $mirrorpress_place source=$mirrorpress_client country;
${lookUps.join("")}}
`;
}

function networksBlock(path: string | null): string {
  if (path === null) {
    return [constant("$mirrorpress_asn", '""'), constant("$mirrorpress_length", '""')].join("\n");
  }
  return `geoip2 ${nginxPath(path)} {
    $mirrorpress_asn source=$mirrorpress_client asn;
    $mirrorpress_length source=$mirrorpress_client prefix_length;
}
`;
}

function listMaps(
  { set, list, found }: SetVariables,
  { rotations, unknownLists }: Pick<Mount, "rotations" | "unknownLists">,
): string {
  const unknown = unknownLists[set] ?? [];
  if (unknown.length !== rotations) {
    throw new Error(`set ${set} has ${unknown.length} unknown lists and ${rotations} rotations`);
  }
  const ofRotation = (rotation: number, target: string) =>
    nginxMap(found(rotation), target, [
      `"" ${nginxValue(unknown[rotation] ?? "")};`,
      `default ${found(rotation)};`,
    ]);
  if (rotations === 1) return `# ${set}\n${ofRotation(0, list)}`;
  const targets = unknown.map((_, rotation) => `${list}_${rotation}`);
  return [
    `# ${set}`,
    ...targets.map((target, rotation) => ofRotation(rotation, target)),
    nginxMap(
      "$mirrorpress_rotation",
      list,
      targets.map((target, rotation) => `"${rotation}" ${target};`),
    ),
  ].join("\n");
}

function constant(target: string, parameter: string): string {
  return nginxMap('""', target, [`default ${parameter};`]);
}

/**
 * What the locations of server.conf ask: they name nothing of a generation.
 *
 * A validator says which list is filled in with which path, so it can be no other answer's; a
 * client may send several. `\1` is the validator of the answer, `W/` left off: the comparison is
 * the weak one.
 */
const ANSWER = `map $request_method $mirrorpress_method {
    default other;
    GET "";
    HEAD "";
}

map $arg_protocol $mirrorpress_fault {
    default protocol;
    "" "";
    http "";
    https "";
}

# A country's list is the same for all who ask for it, and so is the vault's; the rest is nobody else's.
map $arg_country $mirrorpress_list {
    default $mirrorpress_country_list;
    "" $mirrorpress_own_list;
}
map $arg_country $mirrorpress_caching {
    default "public, max-age=3600";
    "" $mirrorpress_own_caching;
}
map $mirrorpress_set $mirrorpress_own_caching {
    default "private, no-store";
    vault "public, max-age=3600";
}

map "" $mirrorpress_path {
    default $mirrorpress_directory/$mirrorpress_below;
}

map $http_if_none_match $mirrorpress_validators {
    default "$mirrorpress_etag $http_if_none_match";
    "" "";
}
map $mirrorpress_validators $mirrorpress_unchanged {
    default "";
    "" "";
    "~^\\S+ \\*\\z" 1;
    "~^W/(\\"[^\\"]+\\") (?:.*[ ,])?(?:W/)?\\1(?:[ ,]|\\z)" 1;
}

# JSON, in which nothing stands that a client wrote.
map $mirrorpress_client $mirrorpress_json_address {
    default null;
    "~^[0-9A-Fa-f.:]+\\z" '"$mirrorpress_client"';
}
map $mirrorpress_length $mirrorpress_json_network {
    "" null;
    default '"$mirrorpress_client/$mirrorpress_length"';
}
map $mirrorpress_place $mirrorpress_json_country {
    "" null;
    default '"$mirrorpress_place"';
}
map $mirrorpress_asn $mirrorpress_json_asn {
    "" null;
    default $mirrorpress_asn;
}
map "" $mirrorpress_whoami {
    default '{"address":$mirrorpress_json_address,"network":$mirrorpress_json_network,"country":$mirrorpress_json_country,"asn":$mirrorpress_json_asn,"list":"$mirrorpress_main_list","generation":"$mirrorpress_generation_id"}\\n';
}
`;
