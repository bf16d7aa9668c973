/**
 * The body of an answer, in as many pieces as its connections last (RFC 9110, sections 13.1.5 and 14):
 * the rest of what was cut is asked for where the server names the very bytes, with a strong ETag, and
 * says how many there are. Whether they belong together is for the checksum to say in the end.
 */
import { NetError } from "../net/failure.ts";
import type { HttpAnswer } from "../net/http.ts";

export interface Pieces {
  /** Bytes that are here. */
  readonly here: number;
  /** Those of them that will not be asked for again. */
  readonly kept: number;
  /** How many there will be, where it was said. */
  readonly total: number | undefined;
  /** Before each attempt: headers that ask for what is missing. What cannot go on is forgotten. */
  begin(): Readonly<Record<string, string>>;
  /** @throws {NetError} for another part than was asked for */
  add(chunk: Uint8Array, answer: Pick<HttpAnswer, "status" | "headers">): void;
  /** The whole of what the attempt ended with. @throws {NetError} where a part is missing still */
  end(answer: HttpAnswer): HttpAnswer;
}

export function openPieces(): Pieces {
  let chunks: Uint8Array[] = [];
  let here = 0;
  let total: number | undefined;
  let etag: string | undefined;
  let hasBegun = false;

  const forget = (): void => {
    chunks = [];
    here = 0;
    total = undefined;
    etag = undefined;
  };
  /** Where the parts of an answer go: to the end of what is here, or in its place. */
  const place = ({ status, headers }: Pick<HttpAnswer, "status" | "headers">): void => {
    if (status === 206 && etag !== undefined) {
      const [, start, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers["content-range"] ?? "") ?? [];
      const fits = Number(start) === here && Number(size) === total && headers["etag"] === etag;
      if (fits) return;
      forget();
      throw new NetError("reset", "another part of the file comes than was asked for");
    }
    forget();
    const length = Number(headers["content-length"] ?? Number.NaN);
    if (length > 0) total = length;
    if (status === 200 && total !== undefined && isStrong(headers["etag"])) etag = headers["etag"];
  };

  return {
    get here() {
      return here;
    },
    get kept() {
      return etag === undefined ? 0 : here;
    },
    get total() {
      return total;
    },
    begin() {
      hasBegun = false;
      if (etag === undefined || here === 0) {
        forget();
        return {};
      }
      return { range: `bytes=${here}-`, "if-range": etag };
    },
    add(chunk, answer) {
      if (!hasBegun) place(answer);
      hasBegun = true;
      chunks.push(chunk);
      here += chunk.length;
    },
    end(answer) {
      // What is here begins what was asked for, unless the server knows better.
      if (answer.status === 416) forget();
      if (!hasBegun) return answer;
      const isPart = answer.status === 206 && etag !== undefined;
      if (isPart && here !== total) {
        throw new NetError("reset", `${here} of ${total} bytes came`);
      }
      return { ...answer, status: isPart ? 200 : answer.status, body: Buffer.concat(chunks) };
    },
  };
}

/** A weak one says that two files mean the same, not that they are the same bytes. */
function isStrong(etag: string | undefined): etag is string {
  return etag !== undefined && /^"[\x21\x23-\x7e]+"$/.test(etag);
}
