/** The list of networks behind a URL that mirrors give as their subnets. */
import {
  askForNewer,
  type Brought,
  conditional,
  type FetchTools,
  type Known,
  knownOf,
} from "./ask.ts";
import { type PrefixList, parsePrefixList } from "./prefix-list.ts";

/** 40,000 networks in pretty JSON. */
const MAX_BYTES = 4 * 1024 * 1024;
/** A contributor's server does not get to hold up the others for long. */
const SECONDS = 30;

/**
 * Null where there is nothing newer. Its host is one of those that the operator allows, so that no
 * redirect is followed: it would lead where nobody allowed it. @throws {FetchError}
 */
export async function fetchSubnets(
  tools: FetchTools,
  url: string,
  known: Known,
): Promise<Brought<PrefixList> | null> {
  const answer = await askForNewer(tools, {
    ...{ url, headers: { accept: "application/json, text/plain, */*", ...conditional(known) } },
    ...{ maxBytes: MAX_BYTES, maxRedirects: 0, seconds: SECONDS },
  });
  if (answer === null) return null;
  const text = Buffer.from(answer.body)
    .toString("utf8")
    .replace(/^\ufeff/, "");
  return { content: parsePrefixList(text), url, ...knownOf(answer) };
}
