/** Gives mirrors the networks behind the URLs in their files: joins what was fetched and mirrors. */
import { join } from "node:path";
import type { Report, SourceFile } from "../diagnostics/diagnostic.ts";
import type { Mirror } from "../model/mirror.ts";
import type { Settings } from "../model/settings.ts";
import { addSubnetLists, allowedSubnetUrls, type SubnetList } from "../model/subnet-lists.ts";
import { DATA_FOLDER, readSubnetList } from "../sources/fetched.ts";

export interface SubnetMirrors {
  readonly mirrors: readonly Mirror[];
  /** The stored lists that were read, by URL in code-point order. */
  readonly files: readonly SourceFile[];
}

/** `folder` is that of mirrorpress.yml. Asks nothing of the network: see `fetchNetwork`. */
export function readSubnetMirrors(
  mirrors: readonly Mirror[],
  { fetch: { subnetsHosts } }: Pick<Settings, "fetch">,
  folder: string,
  report: Report,
): SubnetMirrors {
  const files: SourceFile[] = [];
  const lists = new Map<string, SubnetList>();
  for (const url of allowedSubnetUrls(mirrors, subnetsHosts)) {
    const stored = readSubnetList(join(folder, DATA_FOLDER), url);
    if (stored === null) continue;
    lists.set(url, stored);
    if ("file" in stored) files.push(stored.file);
  }
  return { mirrors: addSubnetLists(mirrors, { lists, allowedHosts: subnetsHosts }, report), files };
}
