/** `--canary [url]` and `--no-canary`, and how what came of them is told. */
import type { CanaryChoice, CanaryReport, NoCanary } from "../canary/canary.ts";
import { UsageError } from "./errors.ts";
import { formatCount } from "./format.ts";

/** As commander hands it over: a URL, true without one, false for `--no-canary`. */
export interface CanaryOption {
  readonly canary?: string | boolean;
}

/** For somebody else to reload the server. */
const WAIT_SECONDS = 30;

/** Throws `UsageError`. */
export function readCanary({ canary }: CanaryOption): CanaryChoice {
  if (canary === undefined) return "nginx-if-installed";
  if (canary === true) return "nginx";
  if (canary === false) return "nobody";
  const remedy = "write the server's address, such as http://127.0.0.1 or https://mirrors.example";
  const url = URL.canParse(canary) ? new URL(canary) : null;
  const isServer =
    url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.username + url.password + url.search + url.hash === "";
  if (!isServer) throw new UsageError(`--canary "${canary}" is no address of a server`, remedy);
  return { url: url.href, waitSeconds: WAIT_SECONDS };
}

/** One line. */
export function describeCanary(canary: CanaryReport | NoCanary): string {
  if ("skipped" in canary) return `nobody was asked: ${canary.skipped}`;
  const lookups = `${formatCount(canary.asked)} look-ups as ${formatCount(canary.addresses)} clients`;
  return `${lookups} answered right by ${canary.server}`;
}
