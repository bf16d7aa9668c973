/**
 * After the switch a sample of clients asks the server for their lists, and every answer is compared
 * byte for byte with what the files on disk say by another reader. On a wrong one the generation
 * before is made current again.
 */
import { join, resolve } from "node:path";
import { EnvironmentError } from "../diagnostics/environment.ts";
import { RefusedError } from "../diagnostics/refusal.ts";
import { MANIFEST_PATH, readServing } from "../emit/manifest.ts";
import { QUESTIONS_PATH } from "../emit/questions.ts";
import type { PublishFs } from "../publish/file-system.ts";
import { CURRENT } from "../publish/generations.ts";
import type { OutputLock } from "../publish/lock.ts";
import { findNginx, type NginxPlaces } from "../publish/nginx.ts";
import { type Published, withdrawGeneration } from "../publish/publish.ts";
import { readGenerationFile } from "../sources/generation-file.ts";
import { askOwnNginx, askServer } from "./ask.ts";
import { CanaryError, planLookups } from "./lookups.ts";

/**
 * Whom to ask: nobody; an nginx of our own on loopback, where one is installed; that, or it is an
 * error; or the server at a URL, which believes the X-Forwarded-For of this machine.
 */
export type CanaryChoice =
  | "nobody"
  | "nginx-if-installed"
  | "nginx"
  | { readonly url: string; readonly waitSeconds: number };

export interface CanaryReport {
  /** "nginx", or the URL. */
  readonly server: string;
  /** Look-ups, all of them right. */
  readonly asked: number;
  readonly addresses: number;
  /** Classes of clients among them, and list sets that were asked for. */
  readonly classes: number;
  readonly sets: number;
}

export interface CanarySurroundings {
  /** Where nginx may be. */
  readonly places?: NginxPlaces;
  /** What the link is moved back by. */
  readonly fs?: PublishFs;
  /** Whoever ends this program while a canary asks; nobody unless given. */
  readonly interruptible?: Interruptible;
}

/** Work that somebody may end before its time; the signal tells it to come to an end. */
export type Interruptible = <T>(work: (interrupt: AbortSignal) => Promise<T>) => Promise<T>;

/** Why nobody was asked, in words. */
export interface NoCanary {
  readonly skipped: string;
}

/** Throws an `EnvironmentError` when nginx is asked for and is not there: better before publishing. */
export function requireServer(choice: CanaryChoice, places?: NginxPlaces): void {
  if (choice === "nginx") findNginx(places);
}

/**
 * Throws a `RefusedError` on a wrong answer, on none, and when it is interrupted, with the generation
 * before made current again. So does an `EnvironmentError`.
 */
export async function confirmByCanary(
  lock: OutputLock,
  published: Published,
  choice: CanaryChoice,
  { places, fs, interruptible = (work) => work(NEVER) }: CanarySurroundings = {},
): Promise<CanaryReport | NoCanary> {
  return interruptible((interrupt) =>
    askOrWithdraw({ lock, published, choice, places, interrupt, fs }),
  );
}

const NEVER = new AbortController().signal;

interface Asking {
  readonly lock: OutputLock;
  readonly published: Published;
  readonly choice: CanaryChoice;
  readonly places: NginxPlaces | undefined;
  readonly interrupt: AbortSignal;
  readonly fs: PublishFs | undefined;
}

async function askOrWithdraw(asking: Asking): Promise<CanaryReport | NoCanary> {
  const { lock, published, interrupt, fs } = asking;
  try {
    return await askCanary(asking);
  } catch (error) {
    const aftermath = published.unchanged
      ? "It was current before, and stays so."
      : withdraw(lock, published, fs);
    if (interrupt.aborted) {
      const said = "interrupted before the canary had all of its answers";
      throw new RefusedError(`${said}\n${aftermath}`, "Build again.");
    }
    if (error instanceof EnvironmentError) {
      throw new EnvironmentError(error.doing, `${aftermath} ${error.remedy}`, error.message);
    }
    if (!(error instanceof CanaryError)) throw error;
    throw new RefusedError(`${error.message}\n${aftermath}`, error.remedy);
  }
}

/** What was done about it, in words. */
function withdraw(lock: OutputLock, published: Published, fs?: PublishFs): string {
  const aside = withdrawGeneration(lock, published, fs);
  const before =
    published.replaced === undefined
      ? "No generation is current, as before."
      : `Generation ${published.replaced} is current again.`;
  return aside === null ? before : `${before} The new one lies in ${aside} until the next.`;
}

async function askCanary({
  lock: { outputDir },
  published: { id },
  choice,
  places,
  interrupt,
}: Asking): Promise<CanaryReport | NoCanary> {
  if (choice === "nobody") return { skipped: "as asked for" };
  if (choice === "nginx-if-installed") {
    const missing = whyNoNginx(places);
    if (missing !== null) return { skipped: missing };
  } else requireServer(choice, places);
  const folder = join(resolve(outputDir), CURRENT);
  const serving = readServing(readGenerationFile(folder, MANIFEST_PATH));
  if (!serving.has(QUESTIONS_PATH)) {
    return { skipped: "the generation is of a version that did not say what to ask" };
  }
  const { lookups, ...counts } = await planLookups(outputDir, folder, id, serving);
  if (typeof choice === "object") await askServer(choice, id, lookups, interrupt);
  else await askOwnNginx({ root: resolve(outputDir), folder, id, serving }, lookups, interrupt);
  const server = typeof choice === "object" ? choice.url : "nginx";
  return { server, asked: lookups.length, ...counts };
}

function whyNoNginx(places: NginxPlaces | undefined): string | null {
  try {
    findNginx(places);
    return null;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return error.message;
  }
}
