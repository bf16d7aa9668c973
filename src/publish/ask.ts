/** Asks a web server over a few connections that stay open. For servers of ours: it trusts the URL. */
import { Agent as HttpAgent, get as httpGet, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, get as httpsGet } from "node:https";

export interface ServerAnswer {
  readonly status: number;
  readonly body: string;
  /** Where it sends whoever asks; redirects are not followed. */
  readonly location?: string;
}

export interface ServerClient {
  /**
   * As the client of an address, if the server believes this machine's X-Forwarded-For. Rejects
   * when there is no whole answer in time.
   */
  get(path: string, address?: string): Promise<ServerAnswer>;
  /** What is still asked is rejected. */
  close(): void;
}

export interface ServerClientOptions {
  /** Begins with http:// or https:// and has no query; a "/" at its end does not count. */
  readonly url: string;
  readonly connections: number;
  /** For each request. */
  readonly seconds: number;
  readonly maxBytes: number;
}

export function openServerClient(options: ServerClientOptions): ServerClient {
  const { connections, seconds, maxBytes } = options;
  const base = options.url.replace(/\/+$/, "");
  const isHttps = base.startsWith("https:");
  const agent = new (isHttps ? HttpsAgent : HttpAgent)({
    keepAlive: true,
    maxSockets: connections,
  });
  const get = isHttps ? httpsGet : httpGet;
  return {
    get: (path, address) =>
      new Promise((resolve, reject) => {
        const headers = {
          "user-agent": "mirrorpress-canary",
          ...(address !== undefined && { "x-forwarded-for": address }),
        };
        const signal = AbortSignal.timeout(seconds * 1000);
        const request = get(`${base}${path}`, { agent, headers, signal }, (response) => {
          readBody(response, maxBytes).then((body) => {
            const { statusCode: status = 0, headers: answered } = response;
            const { location } = answered;
            resolve({ status, body, ...(location !== undefined && { location }) });
          }, reject);
        });
        request.on("error", (error) =>
          reject(signal.aborted ? new Error(`no answer within ${seconds} s`) : error),
        );
      }),
    close: () => agent.destroy(),
  };
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
