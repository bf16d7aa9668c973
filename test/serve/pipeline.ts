/**
 * Many raw requests over a few connections, several under way on each, as a crowd of clients behind
 * a proxy would send them. What nginx closes a connection over is answered or not; what was sent
 * after it is sent again.
 */
import { connect } from "node:net";
import { gunzipSync } from "node:zlib";

export interface RawRequest {
  /** Every byte, as latin1. */
  readonly text: string;
  /** Nothing else is sent on its connection: where it ends may be a matter of opinion. */
  readonly alone?: boolean;
}

export interface RawAnswer {
  /** 0 for one without a head, as HTTP/0.9 has it, or for none at all. */
  readonly status: number;
  /** The status line and the headers. */
  readonly head: string;
  /** Decompressed. */
  readonly body: string;
}

const NONE: RawAnswer = { status: 0, head: "", body: "" };

/** By request, its answer. */
export async function askAll(
  port: number,
  requests: readonly RawRequest[],
  { connections = 8, underWay = 40 } = {},
): Promise<readonly RawAnswer[]> {
  const answers: RawAnswer[] = new Array(requests.length).fill(NONE);
  let next = 0;
  const take = (): number[] => {
    const batch: number[] = [];
    while (batch.length < underWay && next < requests.length) {
      const isAlone = requests[next]?.alone === true;
      if (isAlone && batch.length > 0) break;
      batch.push(next++);
      if (isAlone) break;
    }
    return batch;
  };
  const client = async () => {
    for (let batch = take(); batch.length > 0; batch = take()) {
      let rest = batch;
      while (rest.length > 0) {
        const got = await askBatch(
          port,
          rest.map((number) => requests[number] as RawRequest),
        );
        got.forEach((answer, index) => {
          answers[rest[index] as number] = answer;
        });
        rest = rest.slice(Math.max(got.length, 1));
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  return answers;
}

/** The answers until the connection ends, at most one for each. */
function askBatch(port: number, batch: readonly RawRequest[]): Promise<readonly RawAnswer[]> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    const answers: RawAnswer[] = [];
    let pending: Buffer = Buffer.alloc(0);
    const finish = (hasEnded: boolean) => {
      for (;;) {
        const request = batch[answers.length];
        if (request === undefined) break;
        const taken = takeAnswer(pending, /^HEAD /.test(request.text), hasEnded);
        if (taken === null) break;
        answers.push(taken.answer);
        pending = pending.subarray(taken.length);
      }
      if (answers.length < batch.length && !hasEnded) return;
      socket.destroy();
      resolve(answers);
    };
    socket.setTimeout(10_000, () => {
      socket.destroy();
      const request = JSON.stringify(batch[answers.length]?.text.slice(0, 500));
      reject(new Error(`no answer in time to ${request}`));
    });
    socket.on("data", (chunk: Buffer) => {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      finish(false);
    });
    // nginx may close while we still send: what it has said by then counts.
    socket.on("error", () => finish(true));
    socket.on("close", () => finish(true));
    socket.write(Buffer.from(batch.map(({ text }) => text).join(""), "latin1"));
  });
}

function takeAnswer(
  bytes: Buffer,
  isHead: boolean,
  hasEnded: boolean,
): { answer: RawAnswer; length: number } | null {
  if (bytes.length === 0) return null;
  if (bytes.length >= 5 && bytes.toString("latin1", 0, 5) !== "HTTP/") {
    const answer = { status: 0, head: "", body: bytes.toString("latin1") };
    return hasEnded ? { answer, length: bytes.length } : null;
  }
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd === -1) return null;
  const head = bytes.toString("latin1", 0, headEnd);
  const status = Number(head.slice(9, 12));
  const rest = bytes.subarray(headEnd + 4);
  if (status < 200) {
    // "100 Continue" announces the answer.
    const taken = takeAnswer(rest, isHead, hasEnded);
    return taken && { ...taken, length: taken.length + headEnd + 4 };
  }
  const body = isHead || status === 304 ? EMPTY : takeBody(rest, head);
  if (body === null) return null;
  const isGzip = /^content-encoding: gzip/im.test(head) && body.bytes.length > 0;
  const text = (isGzip ? gunzipSync(body.bytes) : body.bytes).toString("latin1");
  return { answer: { status, head, body: text }, length: headEnd + 4 + body.length };
}

const EMPTY = { bytes: Buffer.alloc(0), length: 0 };

function takeBody(rest: Buffer, head: string): { bytes: Buffer; length: number } | null {
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  if (length !== undefined) {
    const bytes = rest.subarray(0, Number(length));
    return bytes.length < Number(length) ? null : { bytes, length: bytes.length };
  }
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = rest.indexOf("\r\n", at);
    if (end === -1) return null;
    const size = Number.parseInt(rest.toString("latin1", at, end), 16);
    const next = end + 2 + size + 2;
    if (rest.length < next) return null;
    if (size === 0) return { bytes: Buffer.concat(chunks), length: next };
    chunks.push(rest.subarray(end + 2, end + 2 + size));
    at = next;
  }
}
