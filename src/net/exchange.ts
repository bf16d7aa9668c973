/** One request and its answer over a connection, everything counted. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { codeOf, failureOf, NetError, printable } from "./failure.ts";
import type { Connection } from "./pool.ts";
import type { Target } from "./target.ts";

export interface Asked {
  readonly target: Target;
  readonly method: "GET" | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly maxBytes: number;
  readonly stopAfter?: number;
  readonly sink?: Sink;
  readonly stallSeconds?: number;
}

/** Told with each part of a body which answer it is of: one that is cut off is given to nobody else. */
export type Sink = (chunk: Uint8Array, answer: Pick<RawAnswer, "status" | "headers">) => void;

export interface RawAnswer {
  readonly status: number;
  /** In lower case, repeated ones joined by ", "; without control and bidi characters. */
  readonly headers: Readonly<Record<string, string>>;
  /** As sent, every one. */
  readonly locations: readonly string[];
  readonly body: Uint8Array;
}

/** Of the status line and all headers; of trailers too. */
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 128;
const MAX_INFORMATIONS = 8;
/** Of an answer that is no success: enough for its words. */
const MAX_ERROR_BYTES = 4096;
/** A rest so small is read, that the connection can be used again; but not for long. */
const MAX_REST_BYTES = 32 * 1024;
const REST_MS = 250;

/**
 * The answer to the request, or what became of it. The connection is closed on every failure, and
 * is free for the next request after every answer that was read to its end.
 * @throws {NetError}, and whatever the sink throws
 */
export function exchange(
  connection: Connection,
  asked: Asked,
  signal: AbortSignal,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { socket } = connection;
    const host = asked.target.host;
    let sent: ClientRequest;
    try {
      sent = send(connection, asked);
    } catch (error) {
      socket.destroy();
      // Without the value, which may be a secret.
      reject(refusal(host, `cannot be sent such a request (${codeOf(error)})`));
      return;
    }
    let settled = false;
    let restTimer: NodeJS.Timeout | undefined;

    const settle = (): boolean => {
      if (settled) return false;
      settled = true;
      clearTimeout(restTimer);
      signal.removeEventListener("abort", abort);
      socket.removeListener("timeout", stalled);
      socket.setTimeout(0);
      return true;
    };
    const fail = (error: unknown): void => {
      if (!settle()) return;
      sent.destroy();
      socket.destroy();
      reject(error);
    };
    const abort = (): void => fail(signal.reason);
    const stalled = (): void => {
      fail(new NetError("timeout", `${host} sent nothing for ${asked.stallSeconds} s`));
    };
    /** Set once there is an answer, and what still comes is of no interest. */
    let answered: (() => void) | undefined;
    const failed = (error: Error): void => {
      if (settled) return;
      if (answered) answered();
      else fail(answerError(error, host));
    };

    let informations = 0;
    sent.on("information", () => {
      informations += 1;
      if (informations > MAX_INFORMATIONS) fail(refusal(host, "sends no end of interim answers"));
    });
    sent.on("upgrade", () => fail(refusal(host, "changes to another protocol")));
    sent.on("error", failed);
    sent.on("close", () => failed(CUT));
    sent.on("response", (response) => {
      connection.heard = true;
      response.on("error", failed);
      try {
        readAnswer(response);
      } catch (error) {
        fail(error);
      }
    });
    signal.addEventListener("abort", abort, { once: true });
    if (asked.stallSeconds !== undefined) {
      socket.setTimeout(asked.stallSeconds * 1000);
      socket.once("timeout", stalled);
    }
    if (signal.aborted) abort();
    else sent.end();

    const readAnswer = (response: IncomingMessage): void => {
      const head = readHead(response, asked);
      const body = new Body(head, asked);
      const done = (): void => {
        if (settle()) resolve({ ...head, body: body.bytes() });
      };
      const giveUpRest = (): void => {
        done();
        sent.destroy();
        socket.destroy();
      };
      const enough = (): void => {
        if (answered || settled) return;
        answered = giveUpRest;
        restTimer = setTimeout(giveUpRest, body.restIsSmall() ? REST_MS : 0);
      };
      response.on("data", (chunk: Uint8Array) => {
        if (settled) return;
        try {
          if (!answered) body.add(chunk);
        } catch (error) {
          return fail(error);
        }
        if (body.isEnough()) enough();
      });
      response.on("end", () => {
        if (answered || response.complete) done();
        else failed(CUT);
      });
      if (body.isEnough()) enough();
    };
  });
}

const CUT = Object.assign(new Error("closed"), { code: "ECONNRESET" });

function send({ agent }: Connection, { target, method, headers }: Asked): ClientRequest {
  const sent = httpRequest({
    agent,
    method,
    host: target.host,
    path: target.path,
    setHost: false,
    headers: { ...headers, host: target.authority, "accept-encoding": "identity" },
    maxHeaderSize: MAX_HEADER_BYTES,
    insecureHTTPParser: false,
  });
  // Node would drop what is beyond the limit without a word: it is counted in readHead.
  sent.maxHeadersCount = 0;
  return sent;
}

type Head = Omit<RawAnswer, "body"> & { readonly length: number | null };

/** @throws {NetError} for headers that no honest server sends, and for compressed answers */
function readHead(response: IncomingMessage, { target: { host } }: Asked): Head {
  const status = response.statusCode ?? 0;
  const raw = response.rawHeaders;
  if (raw.length / 2 > MAX_HEADERS) {
    throw new NetError("too-large", `${host} sends more than ${MAX_HEADERS} headers`);
  }
  if (response.httpVersionMajor !== 1 || status < 200 || status > 599) {
    throw refusal(host, `answers with status ${status} of HTTP ${response.httpVersion}`);
  }
  const headers: Record<string, string> = Object.create(null);
  const locations: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase();
    const value = raw[index + 1] as string;
    if (name === "location") locations.push(value);
    const shown = printable(value, MAX_HEADER_BYTES);
    headers[name] = name in headers ? `${headers[name]}, ${shown}` : shown;
  }
  const length = headers["content-length"];
  const transfer = headers["transfer-encoding"];
  if (length !== undefined && (transfer !== undefined || !/^\d{1,15}$/.test(length))) {
    throw refusal(host, "says in two ways how long its answer is");
  }
  const success = status < 300;
  const encoding = headers["content-encoding"] ?? "identity";
  if (success && !/^\s*(?:identity)?\s*$/i.test(encoding)) {
    throw new NetError("encoding", `${host} compresses its answer (${printable(encoding, 40)})`);
  }
  if (transfer !== undefined && !/^chunked$/i.test(transfer)) {
    throw new NetError("encoding", `${host} encodes its answer (${printable(transfer, 40)})`);
  }
  return { status, headers, locations, length: length === undefined ? null : Number(length) };
}

/** The bytes of an answer as far as they are wanted. */
class Body {
  readonly #host: string;
  readonly #most: number;
  readonly #wanted: number;
  readonly #length: number | null;
  readonly #head: Head;
  readonly #sink: Sink | undefined;
  #bytes = new Uint8Array(0);
  #count = 0;

  /** @throws {NetError} too-large where the answer says so itself */
  constructor(head: Head, { target, maxBytes, stopAfter, sink, method }: Asked) {
    const { status, length } = head;
    const success = status < 300;
    // Some servers send one all the same.
    const bodiless = method === "HEAD" || status === 204;
    this.#head = head;
    this.#host = target.host;
    this.#length = bodiless ? 0 : length;
    this.#sink = success ? sink : undefined;
    this.#most = maxBytes;
    if (bodiless) this.#wanted = 0;
    else if (success) this.#wanted = stopAfter ?? Number.POSITIVE_INFINITY;
    else this.#wanted = status < 400 ? 0 : Math.min(maxBytes, MAX_ERROR_BYTES);
    if (Math.min(this.#length ?? 0, this.#wanted) > this.#most) throw this.#tooLarge();
  }

  /** @throws {NetError} too-large, and whatever the sink throws */
  add(chunk: Uint8Array): void {
    const part = chunk.subarray(0, Math.max(0, this.#wanted - this.#count));
    if (this.#count + part.length > this.#most) throw this.#tooLarge();
    if (this.#sink) this.#sink(part, this.#head);
    else this.#keep(part);
    this.#count += part.length;
  }

  isEnough(): boolean {
    return this.#count >= this.#wanted;
  }

  restIsSmall(): boolean {
    return this.#length !== null && this.#length - this.#count <= MAX_REST_BYTES;
  }

  bytes(): Uint8Array {
    return this.#sink ? new Uint8Array(0) : this.#bytes.slice(0, this.#count);
  }

  /** Doubles, so that a million chunks of a byte cost no more than one of a million. */
  #keep(part: Uint8Array): void {
    const needed = this.#count + part.length;
    if (needed > this.#bytes.length) {
      const grown = new Uint8Array(Math.min(this.#most, Math.max(needed, 2 * this.#bytes.length)));
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(part, this.#count);
  }

  #tooLarge(): NetError {
    return new NetError("too-large", `${this.#host} sends more than ${this.#most} bytes`);
  }
}

function refusal(host: string, what: string): NetError {
  return new NetError("protocol", `${host} ${what}`);
}

function answerError(error: Error, host: string): NetError {
  const failure = failureOf(error, "answer");
  const what = ANSWER_WORDS[failure] ?? "sends what is not HTTP/1.1";
  return new NetError(failure, `${host} ${what} (${codeOf(error) || "no code"})`);
}

const ANSWER_WORDS: Readonly<Record<string, string>> = {
  reset: "closes the connection before its answer is complete",
  timeout: "does not answer in time",
  tls: "breaks the TLS connection",
  "too-large": "sends headers without end",
  "no-route": "cannot be reached any more",
  unreachable: "cannot be reached any more",
};
