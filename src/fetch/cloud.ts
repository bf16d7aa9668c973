/**
 * The lists of networks that cloud providers publish: three at URLs that stay, and Azure's, which has
 * a new URL each week that stands on its download page.
 */
import {
  ask,
  askForNewer,
  type Brought,
  conditional,
  type FetchTools,
  hostOf,
  type Known,
  knownOf,
  unexpected,
} from "./ask.ts";
import { FetchError } from "./failure.ts";

export type CloudSource =
  | { readonly url: string }
  /** The page that holds the URL, and the host that the URL must be of. */
  | { readonly page: string; readonly host: string };

/** The largest of them today has 5 MB. */
const MAX_FEED_BYTES = 64 * 1024 * 1024;
const MAX_PAGE_BYTES = 8 * 1024 * 1024;

/** Null where there is nothing newer. @throws {FetchError} */
export async function fetchCloudFeed(
  tools: FetchTools,
  source: CloudSource,
  known: Known & { readonly url?: string },
): Promise<Brought<Uint8Array> | null> {
  const url = "url" in source ? source.url : await findLink(tools, source);
  // What is known of another URL says nothing of this one.
  const since = known.url === url ? conditional(known) : {};
  const answer = await askForNewer(tools, {
    ...{ url, headers: { accept: "application/json, */*", ...since } },
    maxBytes: MAX_FEED_BYTES,
    ...("page" in source && { maxRedirects: 0 }),
  });
  if (answer === null) return null;
  return { content: answer.body, url, ...knownOf(answer) };
}

const LINK = /https:\/\/[a-z0-9.:-]+\/[A-Za-z0-9./_-]{1,200}\/ServiceTags_Public_(\d{8})\.json/g;

/** The latest of the page. A link to another host is none, whoever wrote it there. */
async function findLink(
  tools: FetchTools,
  { page, host }: { readonly page: string; readonly host: string },
): Promise<string> {
  const answer = await ask(tools, { url: page, maxBytes: MAX_PAGE_BYTES });
  if (answer.status !== 200) throw unexpected(answer);
  // In scripts of the page a slash may be written as an escape.
  const text = Buffer.from(answer.body)
    .toString("latin1")
    .replace(/\\u002f|\\\//gi, "/");
  const links = [...text.matchAll(LINK)]
    .map(([url, day = ""]) => ({ url, day }))
    .filter(({ url }) => hostOf(url) === host && new URL(url).href === url)
    .sort((a, b) => (a.day < b.day ? 1 : -1));
  if (links[0]) return links[0].url;
  throw new FetchError(
    `${hostOf(page)} has no link to the list on its download page`,
    "Download it by hand to data/cloud/azure.json, and tell us that the page has changed.",
  );
}
