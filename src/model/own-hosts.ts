/**
 * A mirror that is called after its host has that host for itself: whoever else gave it as an address
 * could send the clients of any place there, or claim it for any network.
 */
import type { Report, SourceRange } from "../diagnostics/diagnostic.ts";
import { problem } from "../diagnostics/problem.ts";
import type { Mirror } from "./mirror.ts";

/** Without the mirrors that give a host of another, which are reported. Names are unique. */
export function withOwnHosts(mirrors: readonly Mirror[], report: Report): readonly Mirror[] {
  const owners = new Map(
    mirrors.filter((mirror) => hostsOf(mirror).includes(mirror.name)).map((own) => [own.name, own]),
  );
  return mirrors.filter((mirror) => {
    const host = hostsOf(mirror).find((each) => (owners.get(each) ?? mirror) !== mirror);
    if (host === undefined) return true;
    const args = { host, firstPath: owners.get(host)?.file.path ?? "" };
    report(problem("host-of-another", { file: mirror.file, range: hostRange(mirror, host) }, args));
    return false;
  });
}

function hostsOf({ urls, modules }: Mirror): readonly string[] {
  const all = [urls, ...modules.values()].flatMap(({ http, https }) => [http, https]);
  return all.flatMap((url) => (url === undefined ? [] : [new URL(url).hostname]));
}

function hostRange({ file }: Mirror, host: string): SourceRange | undefined {
  const start = file.text.indexOf(`//${host}`);
  return start < 0 ? undefined : { start: start + 2, end: start + 2 + host.length };
}
