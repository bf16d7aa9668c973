/**
 * Connections kept for the next request to the same origin at the same address. Each is an agent of
 * Node's with one socket, which was connected and checked before the agent has it.
 */
import { Agent } from "node:http";
import type { Socket } from "node:net";
import type { Connected } from "./connect.ts";
import { beforeAbort } from "./deadline.ts";
import { NetError } from "./failure.ts";

export interface Connection {
  readonly agent: Agent;
  readonly socket: Socket;
  /** Of the certificate, seconds since 1970. */
  readonly expiresAt?: number;
  /** Whether it has answered before: then its end may only mean that the server tired of waiting. */
  readonly reused: boolean;
  /** Whether an answer to the present request has begun. */
  heard: boolean;
}

export interface ConnectionPool {
  /**
   * An idle connection for the key or a new one; waits where the key has its most. It comes back by
   * itself when its answer is complete, and is forgotten when its socket closes.
   */
  acquire(key: string, signal: AbortSignal, open: () => Promise<Connected>): Promise<Connection>;
  /** Closes the idle connections of the key. */
  discardIdle(key: string): void;
  /** Closes all, busy ones too; nothing is opened any more. */
  close(): void;
}

const MOST_PER_KEY = 8;
const MOST_IDLE = 128;
const IDLE_MS = 5000;

/** What there is for a key. `open` counts connections that are being made, too. */
interface Shelf {
  readonly idle: PooledConnection[];
  readonly waiting: (() => void)[];
  open: number;
}

export function openPool(): ConnectionPool {
  const shelves = new Map<string, Shelf>();
  const all = new Set<PooledConnection>();
  /** The longest idle first. */
  const idle = new Set<PooledConnection>();
  let closed = false;

  const leave = (key: string, shelf: Shelf): void => {
    shelf.open -= 1;
    if (shelf.open === 0 && shelf.waiting.length === 0) shelves.delete(key);
    shelf.waiting.shift()?.();
  };

  const adopt = (connected: Connected, key: string, shelf: Shelf): PooledConnection => {
    const connection = new PooledConnection(connected, () => {
      shelf.idle.push(connection);
      idle.add(connection);
      const [oldest] = idle;
      if (idle.size > MOST_IDLE) oldest?.socket.destroy();
      shelf.waiting.shift()?.();
    });
    all.add(connection);
    connection.socket.once("close", () => {
      all.delete(connection);
      idle.delete(connection);
      const at = shelf.idle.indexOf(connection);
      if (at >= 0) shelf.idle.splice(at, 1);
      leave(key, shelf);
    });
    return connection;
  };

  return {
    async acquire(key, signal, open) {
      for (;;) {
        if (closed) throw new NetError("cancelled", "the session is closed");
        signal.throwIfAborted();
        const shelf = shelves.get(key) ?? { idle: [], waiting: [], open: 0 };
        shelves.set(key, shelf);
        const ready = shelf.idle.pop();
        if (ready) {
          idle.delete(ready);
          if (ready.wake()) return ready;
        } else if (shelf.open < MOST_PER_KEY) {
          shelf.open += 1;
          return adopt(
            await open().catch((error) => {
              leave(key, shelf);
              throw error;
            }),
            key,
            shelf,
          );
        } else {
          await turn(shelf, signal);
        }
      }
    },
    discardIdle(key) {
      for (const { socket } of shelves.get(key)?.idle.splice(0) ?? []) socket.destroy();
    },
    close() {
      closed = true;
      for (const { socket } of all) socket.destroy();
    },
  };
}

/** Until a connection of the shelf is idle or gone. Who gives up passes the turn on. */
async function turn(shelf: Shelf, signal: AbortSignal): Promise<void> {
  let wake = (): void => {};
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  shelf.waiting.push(wake);
  try {
    await beforeAbort(woken, signal);
  } catch (error) {
    const at = shelf.waiting.indexOf(wake);
    if (at >= 0) shelf.waiting.splice(at, 1);
    else shelf.waiting.shift()?.();
    throw error;
  }
}

class PooledConnection implements Connection {
  readonly agent: Agent;
  readonly socket: Socket;
  readonly expiresAt?: number;
  reused = false;
  heard = false;

  constructor({ socket, expiresAt }: Connected, onIdle: () => void) {
    this.socket = socket;
    if (expiresAt !== undefined) this.expiresAt = expiresAt;
    this.agent = new OneSocketAgent(socket);
    socket.on("error", ignore);
    this.agent.on("free", () => {
      if (socket.destroyed) return;
      this.reused = true;
      // Nobody asked: what comes now would be taken for the answer to the next request.
      socket.on("data", destroyed);
      socket.setTimeout(IDLE_MS, destroyed);
      onIdle();
    });
  }

  /** Ready for a request; false where it has ended meanwhile. */
  wake(): boolean {
    const { socket } = this;
    this.heard = false;
    socket.removeListener("data", destroyed);
    socket.removeListener("timeout", destroyed);
    socket.setTimeout(0);
    if (socket.destroyed || socket.readableEnded || socket.readableLength > 0) {
      socket.destroy();
      return false;
    }
    return true;
  }
}

function destroyed(this: Socket): void {
  this.destroy();
}

function ignore(): void {}

class OneSocketAgent extends Agent {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1, maxFreeSockets: 1 });
    this.#socket = socket;
  }

  override createConnection(): Socket {
    return this.#socket;
  }
}
