/**
 * The naive pipeline: every network of the City databases looked at by itself, its record decoded
 * and all mirrors ranked for it, with nothing remembered from one network to the next. Where the
 * whole would take longer than the limit, evenly spread networks are ranked and the time of the
 * rest is extrapolated; the answer says so.
 */
import { dataOf, leafCursor, type PlainDatabase } from "../oracle/mmdb.ts";
import { oracleNetwork, programInputs } from "../oracle/network.ts";
import { placeOfRecord } from "../oracle/places.ts";
import { type NaiveRanker, naiveRanker } from "../oracle/rank.ts";

export interface NaiveFigure {
  readonly networks: number;
  readonly ranked: number;
  /** Of the whole, extrapolated if not all were ranked. */
  readonly wallMs: number;
}

/** Above the limit not all is ranked, but about as much as takes the other. */
const LIMIT_MS = 180_000;
const SAMPLE_MS = 20_000;
/** For the first guess: a prime, so that it does not beat with the powers of two of the tree. */
const TRIAL_STEP = 10_007;

const [config = ""] = process.argv.slice(2);
const { city, world, sets } = oracleNetwork(config, 0, programInputs(config, 0));
const rank = naiveRanker(
  world,
  sets.filter(({ name }) => name === "all"),
);

const trial = rankEvery(city, rank, TRIAL_STEP);
const share = SAMPLE_MS / (trial.rankMs * TRIAL_STEP);
const step = trial.wallMs <= LIMIT_MS ? 1 : Math.max(1, Math.round(1 / share));
const { networks, ranked, wallMs } = rankEvery(city, rank, step);
process.stdout.write(JSON.stringify({ networks, ranked, wallMs } satisfies NaiveFigure));

function rankEvery(city: readonly PlainDatabase[], rank: NaiveRanker, step: number) {
  const started = performance.now();
  let networks = 0;
  let ranked = 0;
  let rankMs = 0;
  for (const db of city) {
    const leaves = leafCursor(db, 0, 0);
    const address = { family: db.width === 32 ? 4 : 6, value: 0n } as const;
    while (leaves.next()) {
      if (leaves.record === db.nodeCount) continue;
      networks += 1;
      if (networks % step !== 0) continue;
      const rankStarted = performance.now();
      const place = placeOfRecord(dataOf(db, leaves.record));
      rank({ address, asn: undefined, place, subnets: new Map() });
      rankMs += performance.now() - rankStarted;
      ranked += 1;
    }
  }
  const walkMs = performance.now() - started - rankMs;
  return { networks, ranked, rankMs, wallMs: walkMs + (rankMs * networks) / Math.max(1, ranked) };
}
