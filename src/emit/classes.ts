/**
 * `index/classes.json`: the route table without its networks. What each kind of client gets, and how
 * many clients there are of it; enough to forecast the load of every mirror, exactly, without a
 * database. One JSON object, with a list or a class a line:
 *
 *     {"format":1,"rotations":1,"ipv6":"announced",
 *     "mirrors":["a.example","b.example"],
 *     "rules":["subnet","asn",...],
 *     "sets":[{"name":"all","lists":[
 *     [0,1],
 *     [1]
 *     ],"groups":[[0],[1]]}],
 *     "classes":[
 *     ["DE",[0],[2,65536,1.5]]
 *     ]}
 *
 * A list is mirror numbers, best first. A group is the numbers of its lists, one for each rotation;
 * `groups` is left away where each group is the one list of its own number. A class is its country
 * (null where unknown), its group in each set, and then, three numbers a rule that decided for some
 * of its clients, the rule's number, IPv4 addresses, and IPv6 networks of /48 with their fractions.
 */
import type { CountedDecisions } from "../routes/announced.ts";
import type { Decision } from "../routes/decisions.ts";
import { RULES } from "../routes/rules.ts";
import type { RouteClass, RouteListSet, RouteTable } from "../routes/table.ts";
import type { Artifact } from "./artifact.ts";
import { encodeText } from "./encode-text.ts";

export const CLASSES_PATH = "index/classes.json";
const CLASSES_FORMAT = 1;

export interface ClassIndex {
  readonly rotations: number;
  /** Which IPv6 networks count as clients. */
  readonly ipv6: CountedDecisions["ipv6"];
  /** Names by mirror number. */
  readonly mirrors: readonly string[];
  readonly sets: readonly RouteListSet[];
  readonly classes: readonly IndexedClass[];
}

export interface IndexedClass extends RouteClass {
  readonly decisions: readonly Omit<Decision, "classNumber">[];
}

/**
 * `mirrors` are names by mirror number; decisions are in the order of `CompiledRoutes`. Throws when
 * one names a class that is not there.
 */
export function emitClasses(
  mirrors: readonly string[],
  table: Pick<RouteTable, "classes" | "sets" | "rotations">,
  counted: CountedDecisions,
): Artifact {
  return { path: CLASSES_PATH, bytes: encodeText(jsonPieces(mirrors, table, counted)) };
}

function* jsonPieces(
  mirrors: readonly string[],
  { classes, sets, rotations }: Pick<RouteTable, "classes" | "sets" | "rotations">,
  { decisions, ipv6 }: CountedDecisions,
): Generator<string> {
  yield `{"format":${CLASSES_FORMAT},"rotations":${rotations},"ipv6":"${ipv6}",\n`;
  yield `"mirrors":${JSON.stringify(mirrors)},\n"rules":${JSON.stringify(RULES)},\n"sets":[`;
  for (const [number, { name, lists, groups }] of sets.entries()) {
    yield `${number === 0 ? "" : ","}{"name":${JSON.stringify(name)},"lists":[`;
    for (const [list, entries] of lists.entries()) yield `${list === 0 ? "" : ","}\n[${entries}]`;
    yield isIdentity(groups) ? "\n]}" : `\n],"groups":${JSON.stringify(groups)}}`;
  }
  yield '],\n"classes":[';
  let next = 0;
  for (const [number, { country, groups }] of classes.entries()) {
    const clients: number[] = [];
    for (; decisions[next]?.classNumber === number; next++) {
      const decision = decisions[next]!;
      clients.push(RULES.indexOf(decision.rule), decision.ipv4, decision.ipv6);
    }
    const code = country === undefined ? "null" : JSON.stringify(country);
    yield `${number === 0 ? "" : ","}\n[${code},[${groups}],[${clients}]]`;
  }
  if (next < decisions.length) {
    throw new Error(`decision ${next} is out of order, or there is no such class`);
  }
  yield "\n]}\n";
}

function isIdentity(groups: readonly (readonly number[])[]): boolean {
  return groups.every((lists, group) => lists.length === 1 && lists[0] === group);
}

/** The inverse of `emitClasses`. Throws on another format. */
export function readClasses(text: string): ClassIndex {
  const read = JSON.parse(text) as WrittenIndex;
  if (read?.format !== CLASSES_FORMAT || String(read.rules) !== String(RULES)) {
    throw new Error("it is of another version of mirrorpress");
  }
  return {
    rotations: read.rotations,
    ipv6: read.ipv6,
    mirrors: read.mirrors,
    sets: read.sets.map(({ name, lists, groups }) => ({
      name,
      lists,
      groups: groups ?? lists.map((_, number) => [number]),
    })),
    classes: read.classes.map(([country, groups, clients]) => ({
      country: country ?? undefined,
      groups,
      decisions: Array.from({ length: clients.length / 3 }, (_, at) => ({
        rule: RULES[clients[at * 3]!]!,
        ipv4: clients[at * 3 + 1]!,
        ipv6: clients[at * 3 + 2]!,
      })),
    })),
  };
}

interface WrittenIndex {
  readonly format: number;
  readonly rotations: number;
  readonly ipv6: CountedDecisions["ipv6"];
  readonly mirrors: readonly string[];
  readonly rules: readonly string[];
  readonly sets: readonly {
    readonly name: string;
    readonly lists: readonly (readonly number[])[];
    readonly groups?: readonly (readonly number[])[];
  }[];
  readonly classes: readonly (readonly [
    country: string | null,
    groups: readonly number[],
    clients: readonly number[],
  ])[];
}
