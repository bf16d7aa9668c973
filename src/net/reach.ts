/** One request to a host: at the first of its addresses that lets us connect, over a kept connection. */
import { connect, type Trust } from "./connect.ts";
import type { Deadline } from "./deadline.ts";
import { type Asked, exchange, type RawAnswer } from "./exchange.ts";
import { NetError, type NetFailure } from "./failure.ts";
import type { CheckedAddress, Lookup } from "./lookup.ts";
import type { Connection, ConnectionPool } from "./pool.ts";
import type { Target } from "./target.ts";

/**
 * Waited for before an address is connected to or asked, redirects included; what it gives is called
 * when that is over. The wait does not count as the request's time. Rejects when aborted.
 */
export type Gate = (address: string, signal: AbortSignal) => Promise<() => void>;

/** What the requests of a session share. */
export interface Reach {
  readonly gate?: Gate;
  readonly lookup: Lookup;
  readonly pool: ConnectionPool;
  readonly trust: () => Trust;
}

export interface Reached {
  readonly raw: RawAnswer;
  readonly address: CheckedAddress;
  readonly expiresAt?: number;
}

/** More addresses of one name are not tried. */
const MOST_ADDRESSES = 4;

/** At the first address that lets us connect. */
export async function askAt(
  reach: Reach,
  asked: Asked,
  family: 4 | 6 | undefined,
  deadline: Deadline,
): Promise<Reached> {
  const failures: NetError[] = [];
  const orPass = <Value>(promise: Promise<Value>): Promise<Value | null> =>
    promise.catch((error) => {
      if (!isPassable(error) || deadline.signal.aborted) throw error;
      failures.push(error);
      return null;
    });
  const families = family === undefined ? ([4, 6] as const) : [family];
  for (const [turn, each] of families.entries()) {
    const found = await orPass(reach.lookup.addresses(asked.target.host, each, deadline));
    const addresses = found?.slice(0, MOST_ADDRESSES) ?? [];
    for (const [index, address] of addresses.entries()) {
      const leave = await enter(reach.gate, address, deadline);
      try {
        // A share of the time for each that is left, the other family counting as one.
        const left = addresses.length - index + families.length - 1 - turn;
        const stallMs = (asked.stallSeconds ?? Number.POSITIVE_INFINITY) * 1000;
        const timeoutMs = Math.min(deadline.left() / left, stallMs);
        const place = { target: asked.target, address, timeoutMs };
        const connection = await orPass(connected(reach, place, deadline));
        if (connection === null) continue;
        return await exchangeOver(reach, connection, { asked, place, deadline });
      } finally {
        leave();
      }
    }
  }
  throw failures.find(({ failure }) => failure !== "no-address") ?? failures[0];
}

/** Past the gate, if there is one: what is given is to be called on the way out. */
export function enter(
  gate: Gate | undefined,
  { text }: CheckedAddress,
  deadline: Deadline,
): Promise<() => void> {
  return gate ? deadline.uncounted(gate(text, deadline.signal)) : Promise.resolve(() => {});
}

/** Failures of one address, or of our look-up of one family, that another one may not have. */
function isPassable(error: unknown): error is NetError {
  return error instanceof NetError && PASSABLE.has(error.failure);
}

const PASSABLE: ReadonlySet<NetFailure> = new Set<NetFailure>([
  "dns-unanswered",
  "no-address",
  "refused",
  "reset",
  "unreachable",
  "no-route",
  "timeout",
]);

interface Place {
  readonly target: Target;
  readonly address: CheckedAddress;
  /** To connect. */
  readonly timeoutMs: number;
}

function connected(reach: Reach, place: Place, { signal }: Deadline): Promise<Connection> {
  const { target, address, timeoutMs } = place;
  const secure = target.protocol === "https:" && { tls: { trust: reach.trust() } };
  return reach.pool.acquire(keyOf(place), signal, () =>
    connect({ ...{ address, port: target.port, host: target.host, signal, timeoutMs }, ...secure }),
  );
}

function keyOf({ target, address }: Place): string {
  return `${target.origin} ${address.text}`;
}

/**
 * Once more, over a new connection, where an old one had been closed while nobody used it, or had
 * something left over from an answer before.
 */
async function exchangeOver(
  reach: Reach,
  connection: Connection,
  { asked, place, deadline }: { asked: Asked; place: Place; deadline: Deadline },
): Promise<Reached> {
  const { address } = place;
  const answered = ({ expiresAt }: Connection, raw: RawAnswer): Reached => ({
    ...{ raw, address },
    ...(expiresAt !== undefined && { expiresAt }),
  });
  const { reused } = connection;
  try {
    return answered(connection, await exchange(connection, asked, deadline.signal));
  } catch (error) {
    const failure = error instanceof NetError ? error.failure : null;
    const old = reused && !connection.heard && (failure === "reset" || failure === "protocol");
    if (!old) throw error;
  }
  reach.pool.discardIdle(keyOf(place));
  const fresh = await connected(reach, place, deadline);
  return answered(fresh, await exchange(fresh, asked, deadline.signal));
}
