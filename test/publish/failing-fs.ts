/** File systems that go wrong, by wrapping the real one. */
import { nodeFileSystem, type PublishFs } from "../../src/publish/file-system.ts";

type Call = keyof PublishFs;

/** Waits for no disk: these tests live through no power cut, and waiting is most of their time. */
export const quickFs: PublishFs = {
  ...nodeFileSystem,
  fsyncSync: () => undefined,
  syncFileSystem: () => true,
};

/** `before` runs ahead of every call with the number of calls so far, and may throw. */
export function watchedFs(before: (call: Call, number: number) => void): PublishFs {
  let number = 0;
  return new Proxy(quickFs, {
    get(target, property: Call) {
      const original = target[property] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        number += 1;
        before(property, number);
        return original(...args);
      };
    },
  });
}

export class PlantedError extends Error {
  readonly code = "EIO";
}

/** Counts the calls that some work makes. */
export function countCalls(work: (fs: PublishFs) => void): number {
  let calls = 0;
  work(
    watchedFs((_call, number) => {
      calls = number;
    }),
  );
  return calls;
}
