/**
 * The repomd.xml of every repository, and the images, over the one way to the mirror that works.
 *
 * For a large network that is some 150 files of each mirror. A GET of the first KiB of each (a range;
 * most of these files are 4 KiB) costs a mirror 150 kB a run, over connections that are kept: of 530
 * mirrors 80 MB. A HEAD would save half of that and see neither a login page nor the page that many
 * sites answer with for whatever they do not have. Images are asked for by HEAD: what is in them
 * cannot be told from their beginning, and one is gigabytes.
 */
import type { CheckId, CheckResult } from "../model/probe-state.ts";
import { askFiles, type FileOptions } from "./files.ts";
import type { Base, ProductPlan } from "./plan.ts";
import { foldMissing, judgeImage, judgeImages, judgeRepository } from "./verdict.ts";

/** How the mirror answered when it was asked for the product's timestamp. */
export interface Way {
  readonly base: Base;
  readonly family: 4 | 6;
}

/** Beyond the first KiB nothing is looked at; servers without ranges send the whole file. */
const ENOUGH_BYTES = 1024;

/** Of each of the product's repositories. */
export async function askRepositories(
  { repositories }: ProductPlan,
  { base, family }: Way,
  options: FileOptions,
): Promise<ReadonlyMap<CheckId, CheckResult>> {
  const headers = { range: `bytes=0-${ENOUGH_BYTES - 1}` };
  const request = { family, headers, maxBytes: ENOUGH_BYTES, stopAfter: ENOUGH_BYTES };
  // Without $basearch in its path, a repository of several architectures is one file.
  const byPath = await askFiles(
    repositories.map(({ path }) => path),
    (path) => options.asker.ask({ ...request, url: `${base.url}${path}` }, judgeRepository),
    options,
  );
  const results = new Map<CheckId, CheckResult>();
  for (const { check, path } of repositories) {
    const result = byPath.get(path);
    if (result) results.set(check, result);
  }
  return foldMissing(repositories, results);
}

/** Of the full set of the product's images; null where it has none. */
export async function askImages(
  { isos }: ProductPlan,
  { base, family }: Way,
  options: FileOptions,
): Promise<CheckResult | null> {
  const { asker } = options;
  const askImage = async (path: string): Promise<CheckResult> => {
    const request = { url: `${base.url}${path}`, family, maxBytes: 1, stopAfter: 1 };
    let knowsHead = true;
    const result = await asker.ask({ ...request, method: "HEAD" }, (answer) => {
      knowsHead = answer.status !== 405 && answer.status !== 501;
      return judgeImage(answer, path);
    });
    if (knowsHead) return result;
    const headers = { range: "bytes=0-0" };
    return asker.ask({ ...request, headers }, (answer) => judgeImage(answer, path));
  };
  if (isos.length === 0) return null;
  const results = [...(await askFiles(isos, askImage, options)).values()];
  const verdict = judgeImages(results);
  return results.find((result) => result === verdict) ?? asker.result(verdict);
}
