/** For how many nights in a row each mirror has surely been good, or bad. */
import type { Health } from "./invariants.ts";
import { PUBLIC_MIRRORS } from "./network.ts";
import type { Trouble } from "./reality.ts";

export interface HealthBook extends Health {
  /**
   * `counted`: a run counted, and what followed from it was published. A night that does not count
   * adds nothing, and ends a row that it speaks against.
   */
  readonly note: (night: NightOfMirrors) => void;
}

export interface NightOfMirrors {
  readonly troubleOf: (name: string) => Trouble | null;
  /** Mirrors that have no file: nobody is asked about them. */
  readonly removed: ReadonlySet<string>;
  readonly counted: boolean;
}

const PROTOCOLS = ["http", "https"] as const;

export function openHealthBook(): HealthBook {
  const rows = new Map<string, { good: number; bad: number }>();
  for (const { name, text } of PUBLIC_MIRRORS) {
    for (const protocol of PROTOCOLS) {
      if (text.includes(`${protocol}: ${protocol}://`))
        rows.set(`${protocol} ${name}`, { good: 0, bad: 0 });
    }
  }
  return {
    mirrors: PUBLIC_MIRRORS.map(({ name }) => name),
    of: (mirror, protocol) => rows.get(`${protocol} ${mirror}`),
    note({ troubleOf, removed, counted }) {
      for (const { name } of PUBLIC_MIRRORS) {
        for (const protocol of PROTOCOLS) {
          const row = rows.get(`${protocol} ${name}`);
          if (row === undefined) continue;
          const isGood = works(troubleOf(name), protocol);
          if (isGood || removed.has(name)) row.bad = 0;
          if (!isGood || removed.has(name)) row.good = 0;
          if (counted && !removed.has(name)) row[isGood ? "good" : "bad"]++;
        }
      }
    },
  };
}

function works(trouble: Trouble | null, protocol: "http" | "https"): boolean {
  if (trouble === "tls") return protocol === "http";
  return trouble === null || trouble === "lacks";
}
