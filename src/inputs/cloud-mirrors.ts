/** Gives cloud mirrors the networks of their provider: the step that joins feeds and mirrors. */
import type { Report } from "../diagnostics/diagnostic.ts";
import { addCloudNetworks, providerOf } from "../model/cloud.ts";
import type { Mirror } from "../model/mirror.ts";
import type { Settings } from "../model/settings.ts";
import { type CloudFeed, readCloudFeeds } from "../sources/cloud-feeds.ts";

export interface CloudMirrors {
  readonly mirrors: readonly Mirror[];
  /** Those that were read: of the providers that some mirror names. */
  readonly feeds: readonly CloudFeed[];
}

/** `folder` is that of mirrorpress.yml. */
export function readCloudMirrors(
  mirrors: readonly Mirror[],
  { cloud }: Pick<Settings, "cloud">,
  folder: string,
  report: Report,
): CloudMirrors {
  const providers = new Set(mirrors.flatMap((mirror) => providerOf(mirror) ?? []));
  const feeds = readCloudFeeds([...providers].sort(), { given: cloud, folder }, report);
  return {
    mirrors: addCloudNetworks(mirrors, feeds, report),
    feeds: [...feeds.values()].flatMap((feed) => feed ?? []),
  };
}
