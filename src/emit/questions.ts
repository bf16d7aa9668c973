/**
 * `index/questions.json`: for each list set an address of the server that leads to it, and what stands
 * behind every mirror's URL in the answer. Whoever has the generation alone can so ask a server for
 * any list that there is, and knows what it must say. One list set a line:
 *
 *     {
 *     "all": {"ask":"/mirrorlist/9/baseos","path":"9.8/BaseOS/$basearch/os/"},
 *     "all.2": {"ask":"/isolist/9/x86_64","path":"9.8/isos/x86_64"}
 *     }
 */
import type { Scope } from "../model/list-sets.ts";
import { type Artifact, textArtifact } from "./artifact.ts";
import { fillList } from "./lists.ts";
import type { PathsToEmit } from "./nginx-paths.ts";
import { ISO_IMAGES, type ServedPath } from "./nginx-tables.ts";

export const QUESTIONS_PATH = "index/questions.json";

export interface SetQuestion {
  /** Path and query of a URL. */
  readonly ask: string;
  /** The repository's path below each mirror's URL. */
  readonly path: string;
}

/** Sets in the order given; one that no address leads to is left out. */
export function emitQuestions({ sets, paths, scopes }: PathsToEmit): Artifact {
  const found = new Map<string, SetQuestion>();
  const scopeByName = new Map(scopes.map((scope) => [scope.name, scope]));
  // Lists of mirrors first: what there is for repositories is asked as most clients do.
  for (const served of [...paths.filter(isRepository), ...paths.filter((p) => !isRepository(p))]) {
    for (const [arch, scopeName] of served.answers) {
      const scope = scopeByName.get(scopeName);
      if (scope === undefined) continue;
      for (const [set, protocol] of setsOf(scope)) {
        if (!found.has(set)) found.set(set, questionOf(served, arch, protocol));
      }
    }
  }
  const lines = sets.flatMap((set) => {
    const question = found.get(set);
    return question === undefined ? [] : [`${JSON.stringify(set)}: ${JSON.stringify(question)}`];
  });
  return textArtifact(QUESTIONS_PATH, `{\n${lines.join(",\n")}\n}\n`);
}

/** The inverse of `emitQuestions`. Throws on what cannot be one. */
export function readQuestions(text: string): ReadonlyMap<string, SetQuestion> {
  const read: unknown = JSON.parse(text);
  return new Map(
    Object.entries(read as Readonly<Record<string, Partial<SetQuestion>>>).map(
      ([set, { ask, path }]) => {
        if (typeof ask !== "string" || typeof path !== "string" || !ask.startsWith("/")) {
          throw new Error(`${QUESTIONS_PATH} has no question for ${set}`);
        }
        return [set, { ask, path }];
      },
    ),
  );
}

/** What a server answers to it with a list of lines as `listLine` makes them. */
export function answerTo({ ask, path }: SetQuestion, list: string): string {
  const filled = fillList(list, path);
  if (!ask.startsWith("/isolist/")) return filled;
  const urls = filled.split("\n").filter((line) => line !== "");
  return `[${urls.map((url) => JSON.stringify(url)).join(",\n")}\n]\n`;
}

function isRepository({ repo }: ServedPath): boolean {
  return repo !== ISO_IMAGES;
}

function setsOf({ any, http, https }: Scope): [set: string, protocol: string][] {
  return [
    [any, ""],
    ...(http === undefined ? [] : ([[http, "http"]] as [string, string][])),
    ...(https === undefined ? [] : ([[https, "https"]] as [string, string][])),
  ];
}

function questionOf(served: ServedPath, arch: string, protocol: string): SetQuestion {
  const { version, repo, directory, below } = served;
  const whole = `${directory}/${below}`;
  const path = arch === "" ? whole : whole.replaceAll("$basearch", arch);
  const query = [
    ...(isRepository(served) && arch !== "" ? [`arch=${arch}`] : []),
    ...(protocol === "" ? [] : [`protocol=${protocol}`]),
  ].join("&");
  const address = isRepository(served)
    ? `/mirrorlist/${version}/${repo}`
    : `/isolist/${version}/${arch}`;
  return { ask: query === "" ? address : `${address}?${query}`, path };
}
