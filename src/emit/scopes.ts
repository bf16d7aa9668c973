/**
 * `index/scopes.json`: which list sets answer what. A set keeps its meaning by what it answers: which
 * one is "all.2" follows from the partial mirrors of the day. One scope a line:
 *
 *     {"format":1,"unanswered":["repo:9.8/nfv/s390x"],"scopes":[
 *     {"any":"all","https":"all-https","questions":["repo:9.8/baseos/x86_64","iso:9.8/x86_64"]}
 *     ]}
 *
 * What config.yml has and no public mirror is unanswered.
 */
import type { NetworkConfig } from "../model/config.ts";
import type { ListSets, Scope } from "../model/list-sets.ts";
import { questionKey } from "../model/probe-checks.ts";
import { questionsOf } from "../model/questions.ts";
import { type Artifact, textArtifact } from "./artifact.ts";

export const SCOPES_PATH = "index/scopes.json";
const SCOPES_FORMAT = 1;

/** The names of the sets that answer questions, by the protocol that is asked for. */
export interface AnsweredScope {
  readonly any: string;
  readonly http?: string;
  readonly https?: string;
  /** By their keys, in the order of config.yml; an alias has that of what it stands for. */
  readonly questions: readonly string[];
}

export interface AnsweredScopes {
  readonly scopes: readonly AnsweredScope[];
  readonly unanswered: readonly string[];
}

export function emitScopes(config: NetworkConfig, { scopes, scopeOf }: ListSets): Artifact {
  const questions = new Map<string, Set<string>>();
  const unanswered = new Set<string>();
  for (const question of questionsOf(config)) {
    const name = scopeOf(question)?.name;
    const known = name === undefined ? unanswered : (questions.get(name) ?? new Set());
    known.add(questionKey(question));
    if (name !== undefined) questions.set(name, known);
  }
  const lines = scopes.map(({ name, ...scope }) =>
    JSON.stringify({ ...setsOf(scope), questions: [...(questions.get(name) ?? [])] }),
  );
  const lacking = JSON.stringify([...unanswered]);
  const text = `{"format":${SCOPES_FORMAT},"unanswered":${lacking},"scopes":[\n${lines.join(",\n")}\n]}\n`;
  return textArtifact(SCOPES_PATH, text);
}

/** In a fixed order, and nothing besides. */
function setsOf({ any: whole, http, https }: Omit<Scope, "name">) {
  return { any: whole, http, https };
}

/** The inverse of `emitScopes`. Throws on another format. */
export function readScopes(text: string): AnsweredScopes {
  const read = JSON.parse(text) as AnsweredScopes & { readonly format?: unknown };
  if (read?.format !== SCOPES_FORMAT) {
    throw new Error(`${SCOPES_PATH} is of another version of mirrorpress`);
  }
  return read;
}
