/** Connections to addresses that were checked: no name is resolved here, and none by Node. */
import { createSocket } from "node:dgram";
import net from "node:net";
import tls from "node:tls";
import { parseAddress } from "../ip/address.ts";
import { codeOf, failureOf, NetError, type Stage } from "./failure.ts";
import type { CheckedAddress } from "./lookup.ts";

/** Which authorities are trusted. Made anew for each connection it took a tenth of a probe's time. */
export type Trust = tls.SecureContext;

/** Of Node's own authorities, or of these alone (PEM). */
export function openTrust(ca?: string): Trust {
  return tls.createSecureContext({ minVersion: "TLSv1.2", ...(ca !== undefined && { ca }) });
}

export interface ConnectOptions {
  readonly address: CheckedAddress;
  readonly port: number;
  /** For messages. */
  readonly host: string;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  /** Absent: plain TCP. */
  readonly tls?: { readonly trust: Trust };
}

export interface Connected {
  readonly socket: net.Socket;
  /** Seconds since 1970. */
  readonly expiresAt?: number;
}

/**
 * Connected, and with TLS verified: the chain, the time and the host name. Nothing is sent before.
 * @throws {NetError}
 */
export function connect(options: ConnectOptions): Promise<Connected> {
  return new Promise((resolve, reject) => {
    const plain = openTcp(options);
    let socket = plain;
    let stage: Stage = "connect";
    const settle = (): void => {
      clearTimeout(timer);
      options.signal.removeEventListener("abort", abort);
      socket.removeListener("error", failed);
      socket.removeListener("close", closed);
    };
    const fail = (error: NetError): void => {
      settle();
      // What a socket still has to say after that is of no interest, and must not be unheard.
      socket.on("error", () => {});
      plain.on("error", () => {});
      socket.destroy();
      plain.destroy();
      reject(error);
    };
    const failed = (error: Error): void => {
      const own = socketError(error, stage, options);
      if (codeOf(error) === "ENETUNREACH") {
        settle();
        // Where there is a way, a router far away said so: the host has left the Internet, not we.
        void hasRoute(options.address).then((has) => fail(has ? farAway(options) : own));
      } else {
        fail(own);
      }
    };
    const closed = (): void => fail(socketError(RESET, stage, options));
    const abort = (): void => fail(options.signal.reason);
    const late = (): void => {
      const what = stage === "tls" ? "does not finish the TLS handshake" : "does not accept";
      fail(new NetError("timeout", `${where(options)} ${what} in time`));
    };
    const done = (connected: Connected): void => {
      settle();
      resolve(connected);
    };
    const timer = setTimeout(late, options.timeoutMs);
    options.signal.addEventListener("abort", abort, { once: true });
    plain.on("error", failed);
    plain.on("close", closed);
    plain.once("connect", () => {
      const elsewhere = notPinned(plain, options);
      if (elsewhere) return fail(elsewhere);
      if (!options.tls) return done({ socket: plain });
      stage = "tls";
      const secure = openTls(plain, options, options.tls.trust);
      plain.removeListener("error", failed);
      plain.removeListener("close", closed);
      socket = secure;
      secure.on("error", failed);
      secure.on("close", closed);
      secure.once("secureConnect", () => {
        const expiresAt = endOfCertificate(secure);
        const end = expiresAt === undefined ? {} : { expiresAt };
        if (secure.authorized) return done({ socket: secure, ...end });
        fail(new NetError("tls", distrust(secure, options), end));
      });
    });
    if (options.signal.aborted) abort();
  });
}

/** Whether this machine knows a way to the address: the kernel is asked, and nothing is sent. */
export function hasRoute({ family, text }: CheckedAddress): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket({
      type: family === 4 ? "udp4" : "udp6",
      lookup: (_name, _options, callback) => callback(null, text, family),
    });
    const end = (error?: Error): void => {
      socket.removeAllListeners("error").on("error", () => {});
      resolve(error === undefined);
      socket.close();
    };
    socket.once("error", end);
    socket.connect(DISCARD_PORT, text, end);
  });
}

const DISCARD_PORT = 9;

const RESET = Object.assign(new Error("closed"), { code: "ECONNRESET" });

function openTcp({ address, port }: ConnectOptions): net.Socket {
  return net.connect({
    host: address.text,
    port,
    family: address.family,
    autoSelectFamily: false,
    noDelay: true,
    // An address needs no look-up. Were one made all the same, it would have to fail.
    lookup: (name, _options, callback) => {
      callback(new Error(`a bug in this program: ${name} is looked up again`), "", 0);
    },
  });
}

/**
 * Node is told to let a connection that it does not trust stand until here, so that the end of a
 * bad certificate can be read; `authorized` is its verdict, whatever NODE_TLS_REJECT_UNAUTHORIZED
 * says. Sessions are not resumed: Node skips the host name then.
 */
function openTls(plain: net.Socket, { host }: ConnectOptions, trust: Trust): tls.TLSSocket {
  return tls.connect({
    socket: plain,
    host,
    // RFC 6066: never an address.
    ...(parseAddress(host) === null && { servername: host }),
    ALPNProtocols: ["http/1.1"],
    rejectUnauthorized: false,
    secureContext: trust,
  });
}

/** The rule that matters most, held once more against what the kernel says. */
function notPinned(socket: net.Socket, options: ConnectOptions): NetError | null {
  const remote = parseAddress(socket.remoteAddress ?? "");
  const wanted = parseAddress(options.address.text);
  const same = remote && wanted && remote.words.join() === wanted.words.join();
  if (same) return null;
  return new NetError("refused-address", `${where(options)}: the connection leads elsewhere`);
}

function endOfCertificate(socket: tls.TLSSocket): number | undefined {
  const end = Date.parse(socket.getPeerCertificate()?.valid_to ?? "");
  return Number.isNaN(end) ? undefined : end / 1000;
}

function distrust(socket: tls.TLSSocket, { host }: ConnectOptions): string {
  const error: unknown = socket.authorizationError;
  const code = error instanceof Error ? codeOf(error) || error.message : String(error);
  return `the certificate of ${host} cannot be trusted: ${TLS_WORDS[code] ?? "not valid"} (${code})`;
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it is signed by itself",
  SELF_SIGNED_CERT_IN_CHAIN: "its chain ends in an authority that nobody knows",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its chain is not complete",
  UNABLE_TO_GET_ISSUER_CERT: "its chain is not complete",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its chain is not complete",
  ERR_TLS_CERT_ALTNAME_INVALID: "it is for another host name",
};

/** "mirror.example.org (192.0.2.1, port 443)" */
function where({ host, address, port }: ConnectOptions): string {
  return host === address.text
    ? `${host} (port ${port})`
    : `${host} (${address.text}, port ${port})`;
}

function farAway(options: ConnectOptions): NetError {
  return new NetError(
    "unreachable",
    `${where(options)} cannot be reached (ENETUNREACH, by a router)`,
  );
}

function socketError(error: Error, stage: Stage, options: ConnectOptions): NetError {
  const failure = failureOf(error, stage);
  const code = codeOf(error) || "no code";
  const what = CONNECT_WORDS[failure] ?? (stage === "tls" ? "fails at TLS" : "cannot be reached");
  return new NetError(failure, `${where(options)} ${what} (${code})`);
}

const CONNECT_WORDS: Readonly<Record<string, string>> = {
  refused: "refuses connections",
  reset: "closes the connection at once",
  unreachable: "cannot be reached",
  "no-route": "is where this machine cannot send",
  timeout: "does not accept in time",
};
