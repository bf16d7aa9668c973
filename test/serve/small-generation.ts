/** A whole generation over the small network, made by the emitters that a build uses. */
import { type Artifact, sha256Hex, textArtifact } from "../../src/emit/artifact.ts";
import { type Generation, sealGeneration } from "../../src/emit/generation.ts";
import { listLine } from "../../src/emit/lists.ts";
import { emitCountries } from "../../src/emit/nginx-countries.ts";
import { emitPaths, type PathsToEmit, pathsOf } from "../../src/emit/nginx-paths.ts";
import { emitServer } from "../../src/emit/nginx-server.ts";
import { emitQuestions } from "../../src/emit/questions.ts";
import { type Prefix, parsePrefix } from "../../src/ip/prefix.ts";
import { smallDatabase } from "./small-database.ts";
import {
  ANNOUNCED,
  type Clients,
  CONFIG,
  COUNTRY_MIRRORS,
  EVERYWHERE,
  NETWORKS,
  smallListSets,
  urlsIn,
} from "./small-network.ts";

export interface SmallGenerationOptions {
  /** Where the generation will lie: the output directory. */
  readonly root: string;
  readonly trustedProxies?: readonly string[];
  /** Says which generation an answer is from: the mirrors' folder. */
  readonly edition?: string;
  readonly builtAt?: number;
  readonly rotations?: number;
  /** What another network serves, whose mirrors are the small one's. */
  readonly paths?: PathsToEmit;
  /** Codes of countries that have the list of Germany, besides those of the small network. */
  readonly countries?: readonly string[];
  /** Without a database of who announces what. */
  readonly withoutNetworks?: boolean;
}

export function smallGeneration(options: SmallGenerationOptions): Generation {
  const { root, trustedProxies = [], edition = "almalinux", rotations = 1 } = options;
  const builtAt = options.builtAt ?? 1_795_347_600;
  const small = pathsOf(CONFIG, smallListSets(edition));
  const paths = options.paths ?? small;
  const files = new Map<string, Artifact>();
  const listId = (set: string, mirrors: Clients["mirrors"], rotation: number): string => {
    const ours = small.sets.includes(set) ? set : "all";
    const text = urlsIn(ours, mirrors, { edition, rotation }).map(listLine).join("");
    const id = sha256Hex(text).slice(0, 12);
    files.set(id, textArtifact(`lists/${id}`, text));
    return id;
  };
  const byRotation = (set: string, mirrors: Clients["mirrors"]) =>
    Array.from({ length: rotations }, (_, rotation) => listId(set, mirrors, rotation));
  const bySet = <T>(listsOf: (set: string) => T) =>
    Object.fromEntries(paths.sets.map((set) => [set, listsOf(set)]));
  const leaf = ({ country, mirrors }: Clients) => ({
    ...(country !== undefined && { country }),
    lists: bySet((set) => (rotations === 1 ? listId(set, mirrors, 0) : byRotation(set, mirrors))),
  });

  const unknownLists = bySet((set) => byRotation(set, EVERYWHERE));
  const countryLists = new Map(
    [...Object.keys(COUNTRY_MIRRORS), ...(options.countries ?? [])].map((code) => [
      code,
      bySet((set) => listId(set, COUNTRY_MIRRORS[code] ?? ["north", "east"], 0)),
    ]),
  );
  const routes = smallDatabase(
    Object.entries(NETWORKS).map(([network, clients]) => [network, leaf(clients)]),
    { elsewhere: leaf({ mirrors: EVERYWHERE }), builtAt },
  );
  const networks = smallDatabase(Object.entries(ANNOUNCED), { elsewhere: {}, builtAt });
  const near = [...Object.values(NETWORKS), { mirrors: EVERYWHERE } satisfies Clients].flatMap(
    ({ country = "none", mirrors }: Clients) =>
      byRotation("all", mirrors).map((id) => `near/${id}.${country.toLowerCase()}.json`),
  );
  const site = [...SITE_FILES, ...new Set(near)].map((path) => textArtifact(path, textOf(path)));
  const emitted = [
    ...emitPaths(paths),
    emitQuestions(paths),
    emitCountries(paths.sets, countryLists),
    emitServer({ trustedProxies: trustedProxies.map(prefixOf) }),
  ];
  return sealGeneration(
    {
      builtAt,
      tool: { name: "mirrorpress", version: "0.0.0" },
      policy: { name: "by hand" },
      inputs: [],
      counts: { lists: files.size },
      attribution: [],
      examples: [{ address: "192.0.2.1", why: "in 192.0.2.0/24" }],
      serve: { root, rotations, unknownLists },
    },
    [
      ...files.values(),
      { path: "routes.mmdb", bytes: routes },
      ...(options.withoutNetworks ? [] : [{ path: "networks.mmdb", bytes: networks }]),
      ...site,
      ...emitted,
    ],
  );
}

/** Each file says which it is, at a length that is compressed. */
export function textOf(path: string): string {
  const line = `This is ${path}.\n`.repeat(40);
  return path.endsWith(".json") ? `${JSON.stringify({ file: path, line })}\n` : line;
}

const SITE_FILES: readonly string[] = [
  "site/index.html",
  "site/isos.html",
  "site/isos/x86_64/8.10.html",
  "site/isos/aarch64/9.8.html",
  "site/kitten.html",
  "site/kitten/isos.html",
  "site/kitten/isos/x86_64/10-kitten.html",
  "site/mirrors.json",
  "site/nearest.js",
  "site/style.css",
];

function prefixOf(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (parsed === null) throw new Error(`not a prefix: ${text}`);
  return parsed.prefix;
}
