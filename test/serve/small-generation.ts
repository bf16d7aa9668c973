/** A whole generation over a network of five mirrors, made by the emitters that a build uses. */
import { type Generation, sealGeneration } from "../../src/emit/generation.ts";
import { emitLists } from "../../src/emit/lists.ts";
import { emitServer } from "../../src/emit/nginx.ts";
import { emitPaths, type PathsToEmit } from "../../src/emit/nginx-paths.ts";
import { emitRoutesDatabase } from "../../src/emit/routes-database.ts";
import { type Prefix, parsePrefix } from "../../src/ip/prefix.ts";
import { smallRoutes } from "./small-routes.ts";

export interface SmallGenerationOptions {
  /** Where the generation will lie: the output directory. */
  readonly root: string;
  readonly trustedProxies?: readonly string[];
  /** Says which generation an answer is from: the mirrors' folder. */
  readonly edition?: string;
  readonly builtAt?: number;
  readonly paths?: PathsToEmit;
}

/** By network, the names of the mirrors that its clients get. Elsewhere: all five. */
const EXPECTED = {
  "192.0.2.0/24": ["north"],
  "198.51.100.0/25": ["south", "west"],
  "198.51.100.128/25": ["west", "south"],
  "203.0.113.0/24": ["east", "north"],
  "2001:db8::/32": ["six", "east"],
} as const;

export const EVERYWHERE = ["north", "south", "east", "west", "six"] as const;

export function smallGeneration(options: SmallGenerationOptions): Generation {
  const { root, trustedProxies = [], edition = "almalinux" } = options;
  const builtAt = options.builtAt ?? 1_795_347_600;
  const lists = [EVERYWHERE, ...Object.values(EXPECTED)].map((names) =>
    names.map((name) => EVERYWHERE.indexOf(name)),
  );
  const routes = smallRoutes(
    Object.keys(EXPECTED).map((network, index) => [network, index + 1]),
    lists,
  );
  const urls = EVERYWHERE.map((name) => `http://${name}.example/${edition}/`);
  const { artifacts, ids } = emitLists([{ name: "all", lists, urls }]);
  const unknown = ids[0]?.[0] ?? "";
  return sealGeneration(
    {
      builtAt,
      tool: { name: "mirrorpress", version: "0.0.0" },
      policy: { name: "by hand" },
      inputs: [],
      counts: { lists: artifacts.length },
      attribution: [],
      examples: [{ address: "192.0.2.1", why: "in 192.0.2.0/24" }],
      serve: { root, unknownLists: { all: unknown } },
    },
    [
      ...artifacts,
      emitRoutesDatabase(routes, { ids, builtAt }),
      emitServer({ trustedProxies: trustedProxies.map(prefixOf) }),
      ...emitPaths(options.paths ?? PATHS),
    ],
  );
}

const PATHS: PathsToEmit = {
  sets: ["all"],
  paths: [
    ...["8", "8.10"].flatMap((version) => [
      { version, repo: "baseos", vault: false, path: "8.10/BaseOS/$basearch/os/" },
      { version, repo: "powertools", vault: false, path: "8.10/PowerTools/$basearch/os/" },
      { version, repo: "baseos-source", vault: true, path: "8.10/BaseOS/Source/" },
    ]),
    ...["9", "9.8"].flatMap((version) => [
      { version, repo: "baseos", vault: false, path: "9.8/BaseOS/$basearch/os/" },
      { version, repo: "raspberrypi", vault: false, path: "9.8/raspberrypi/$basearch/os" },
    ]),
    { version: "8.3", repo: "baseos", vault: true, path: "8.3/BaseOS/$basearch/os/" },
  ],
  versions: ["8", "8.10", "9", "9.8", "8.3"],
  aliases: new Map([
    ["8", "8.10"],
    ["9", "9.8"],
  ]),
  vaultMirror: "http://vault.example/",
};

function prefixOf(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === null) throw new Error(`not a prefix: ${text}`);
  return parsed.prefix;
}
