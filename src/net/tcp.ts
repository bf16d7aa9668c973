/** The first line that a server says by itself, as that of rsync does. */
import type { Socket } from "node:net";
import { connect } from "./connect.ts";
import { type Deadline, openDeadline } from "./deadline.ts";
import { codeOf, failureOf, NetError } from "./failure.ts";
import type { NetOptions } from "./http.ts";
import { openLookup } from "./lookup.ts";
import { enter } from "./reach.ts";
import { isHost } from "./target.ts";

export interface GreetingOptions extends Omit<NetOptions, "userAgent" | "ca" | "trust"> {
  /** A longer line is "too-large". */
  readonly maxBytes: number;
  readonly seconds: number;
  /** Absent: IPv4, and IPv6 where there is none. */
  readonly family?: 4 | 6;
  readonly signal?: AbortSignal;
}

/**
 * The line without its end. Nothing is ever sent.
 * @throws {NetError} "protocol" where the connection ends before the line does
 */
export async function readGreeting(
  host: string,
  port: number,
  options: GreetingOptions,
): Promise<Uint8Array> {
  const { seconds, signal } = options;
  if (!isHost(host)) throw new NetError("protocol", `${host} is not a host name in canonical form`);
  if (!isGreetingPort(port)) throw new NetError("protocol", `port ${port} is not one of rsync`);
  const deadline = openDeadline({ seconds, signals: [signal] });
  try {
    return await greetingOf({ host, port }, options, deadline);
  } finally {
    deadline.end();
  }
}

/** What listens on the others below 1024 is no rsync daemon, and is nobody's to knock at. */
function isGreetingPort(port: number): boolean {
  return port === 873 || (port >= 1024 && port <= 65_535);
}

async function greetingOf(
  { host, port }: { readonly host: string; readonly port: number },
  options: GreetingOptions,
  deadline: Deadline,
): Promise<Uint8Array> {
  const lookup = openLookup(options, deadline.signal);
  let first: unknown;
  for (const family of options.family === undefined ? ([4, 6] as const) : [options.family]) {
    try {
      const [address] = await lookup.addresses(host, family, deadline);
      if (address === undefined) continue;
      const leave = await enter(options.gate, address, deadline);
      try {
        const timeoutMs = deadline.left();
        const { signal } = deadline;
        const { socket } = await connect({ address, port, host, signal, timeoutMs });
        try {
          return await firstLine(socket, host, { maxBytes: options.maxBytes, signal });
        } finally {
          socket.destroy();
        }
      } finally {
        leave();
      }
    } catch (error) {
      first ??= error;
      if (!(error instanceof NetError) || error.failure !== "no-address") throw error;
    }
  }
  throw first;
}

function firstLine(
  socket: Socket,
  host: string,
  { maxBytes, signal }: { maxBytes: number; signal: AbortSignal },
): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    const kept = new Uint8Array(maxBytes);
    let count = 0;
    socket.on("data", (chunk) => {
      const end = chunk.indexOf(LINE_FEED);
      const line = end < 0 ? chunk : chunk.subarray(0, end);
      if (count + line.length > maxBytes) {
        reject(new NetError("too-large", `${host} greets with more than ${maxBytes} bytes`));
        socket.destroy();
        return;
      }
      kept.set(line, count);
      count += line.length;
      if (end < 0) return;
      const ended = kept[count - 1] === CARRIAGE_RETURN ? count - 1 : count;
      resolve(kept.slice(0, ended));
      socket.destroy();
    });
    socket.on("error", (error) => {
      const failure = failureOf(error, "answer");
      reject(new NetError(failure, `${host} ends the connection (${codeOf(error)})`));
    });
    socket.on("close", () => {
      signal.removeEventListener("abort", abort);
      reject(new NetError("protocol", `${host} closes the connection without a greeting`));
    });
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
  });
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
