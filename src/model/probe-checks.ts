/** The names of checks: what a prober makes results of, and what a build looks for. */
import type { Question } from "./questions.ts";

/** "" for what belongs to no module. */
export type ProbedProduct = string;

/** The timestamp over a protocol and a family: "http/ipv4", "kitten:https/ipv6". */
export function timeCheck(
  module: ProbedProduct,
  protocol: "http" | "https",
  family: "ipv4" | "ipv6",
): string {
  return `${prefixOf(module)}${protocol}/${family}`;
}

/** The full set of ISO images: "isos", "kitten:isos". */
export function isosCheck(module: ProbedProduct): string {
  return `${prefixOf(module)}isos`;
}

function prefixOf(module: ProbedProduct): string {
  return module === "" ? "" : `${module}:`;
}

/**
 * What a mirror may lack: "repo:9.8/baseos/x86_64", of ISO images "iso:9.8/x86_64". An alias asks for
 * the same as what it stands for. The first is also the check's name.
 */
export function questionKey({ directory, repo, arch = "" }: Question): string {
  return repo === undefined ? `iso:${directory}/${arch}` : `repo:${directory}/${repo}/${arch}`;
}

export function isRepositoryCheck(check: string): boolean {
  return check.startsWith("repo:");
}
