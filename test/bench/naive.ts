/**
 * The naive pipeline: every network of the City databases looked at by itself, its record decoded
 * and all mirrors ranked for it, with nothing remembered from one network to the next. Where the
 * whole would take longer than the limit, evenly spread networks are ranked and the time of the
 * rest is extrapolated; the answer says so.
 */
import { readFileSync } from "node:fs";
import { dataOf, leafCursor, plainDatabase } from "../oracle/mmdb.ts";
import { placeOfRecord } from "../oracle/places.ts";
import { naiveList, type OracleWorld } from "../oracle/rank.ts";

export interface NaiveFigure {
  readonly networks: number;
  readonly ranked: number;
  /** Of the whole, extrapolated if not all were ranked. */
  readonly wallMs: number;
}

export interface NaiveLimits {
  /** Above this all is not ranked. */
  readonly limitMs: number;
  /** How long to rank a part instead. */
  readonly sampleMs: number;
}

export function naivePipeline(
  cityFiles: readonly string[],
  world: OracleWorld,
  { limitMs, sampleMs }: NaiveLimits,
): NaiveFigure {
  const trial = rankEvery(cityFiles, world, 10_007);
  const step =
    trial.wallMs <= limitMs ? 1 : Math.max(1, Math.round((trial.rankMs * 10_007) / sampleMs));
  return rankEvery(cityFiles, world, step);
}

function rankEvery(cityFiles: readonly string[], world: OracleWorld, step: number) {
  const started = performance.now();
  let networks = 0;
  let ranked = 0;
  let rankMs = 0;
  for (const file of cityFiles) {
    const db = plainDatabase(readFileSync(file));
    const leaves = leafCursor(db, 0, 0);
    const address = { family: db.width === 32 ? 4 : 6, value: 0n } as const;
    while (leaves.next()) {
      if (leaves.record === db.nodeCount) continue;
      networks += 1;
      if (networks % step !== 0) continue;
      const rankStarted = performance.now();
      const place = placeOfRecord(dataOf(db, leaves.record));
      naiveList({ address, asn: undefined, place }, world);
      rankMs += performance.now() - rankStarted;
      ranked += 1;
    }
  }
  const walkMs = performance.now() - started - rankMs;
  return { networks, ranked, rankMs, wallMs: walkMs + (rankMs * networks) / Math.max(1, ranked) };
}
