/** Ways in which any single call to a file system goes wrong. */
import type { PublishFs } from "../../src/publish/file-system.ts";

type Call = keyof PublishFs;

/**
 * - `dies before`, `dies after`, `dies amid`: the process ends there; nothing more is done, nothing
 *   is cleaned up. Amid a write half of it is written, and amid another call it is as before.
 * - a code: the call fails with it, once or from then on wherever that could be.
 * - `short`: writes take a few bytes at a time, from then on.
 */
export const FAULTS = [
  "dies before",
  "dies amid",
  "dies after",
  "EIO once",
  "EIO from then on",
  "ENOSPC once",
  "ENOSPC from then on",
  "EACCES once",
  "EACCES from then on",
  "short",
] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  readonly kind: FaultKind;
  /** The number of the call, from 1. */
  readonly at: number;
}

/** The process is no more: whatever catches this in the program under test ran on in vain. */
class Died extends Error {}

const TAKES_SPACE: ReadonlySet<Call> = new Set([
  "writeSync",
  "mkdirSync",
  "symlinkSync",
  "linkSync",
]);
const CHANGES: ReadonlySet<Call> = new Set([
  ...TAKES_SPACE,
  "chmodSync",
  "fchmodSync",
  "renameSync",
  "unlinkSync",
  "rmdirSync",
]);

/** The file system with one fault. */
export function faultyFs(fs: PublishFs, { kind, at }: Fault): PublishFs {
  let number = 0;
  return new Proxy(fs, {
    get: (target, call: Call) => {
      const original = target[call] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        number += 1;
        if (number < at) return original(...args);
        if (kind === "short")
          return call === "writeSync" ? original(...shortened(args)) : original(...args);
        if (kind.startsWith("dies")) return die(kind, number === at, call, original, args);
        const [code = "", ...rest] = kind.split(" ");
        const later = rest.join(" ") === "from then on" && mayFail(code, call, args);
        if (number !== at && !later) return original(...args);
        // Closing gives the number back even where it fails.
        if (call === "closeSync") original(...args);
        throw Object.assign(new Error(`${code}: planted in ${call}`), { code });
      };
    },
  });
}

/**
 * The numbers of the calls of some work where a kind of fault can be, those of them that rename, and
 * one past the last call.
 */
export async function callsWhere(
  kind: FaultKind,
  fs: PublishFs,
  work: (fs: PublishFs) => unknown,
): Promise<{
  readonly numbers: readonly number[];
  readonly renames: readonly number[];
  readonly end: number;
}> {
  const numbers: number[] = [];
  const renames: number[] = [];
  let made = 0;
  const watched = new Proxy(fs, {
    get: (target, call: Call) => {
      const original = target[call] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        made += 1;
        if (isPossible(kind, call, args)) {
          numbers.push(made);
          if (call === "renameSync") renames.push(made);
        }
        return original(...args);
      };
    },
  });
  await work(watched);
  return { numbers, renames, end: made + 1 };
}

function isPossible(kind: FaultKind, call: Call, args: readonly unknown[]): boolean {
  if (kind === "short" || kind === "dies amid") return call === "writeSync";
  return kind.startsWith("dies") || mayFail(kind.split(" ")[0] ?? "", call, args);
}

function die(
  kind: FaultKind,
  isFirst: boolean,
  call: Call,
  original: (...args: unknown[]) => unknown,
  args: unknown[],
): never {
  if (isFirst && kind === "dies after") original(...args);
  if (isFirst && kind === "dies amid" && call === "writeSync") {
    const [file, bytes, offset, length] = args as [number, Uint8Array, number, number];
    original(file, bytes, offset, Math.floor(length / 2));
  }
  throw new Died(`ended in ${call}`);
}

function shortened(args: unknown[]): unknown[] {
  const [file, bytes, offset, length] = args as [number, Uint8Array, number, number];
  return [file, bytes, offset, Math.min(length, 7)];
}

function mayFail(code: string, call: Call, args: readonly unknown[]): boolean {
  const creates = call === "openSync" && args[1] === "wx";
  if (code === "ENOSPC") return creates || TAKES_SPACE.has(call);
  if (code === "EACCES") return creates || CHANGES.has(call);
  return true;
}
