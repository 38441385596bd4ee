import { quotedPath } from "../../../shared/text/quoted.ts";
import { ClientError, EXIT, factOf } from "../../client_error.ts";
import type { LocalFile } from "../../uplink.ts";
import { formatDuration } from "../../../shared/settings/quantity.ts";
import { type Address, formatAddress } from "../../../shared/text/address.ts";

/**
 * The server answered with an error or an unexpected reply: the same request is sent again. The
 * connection can still be used.
 */
export class ServerFault extends Error {
  override readonly name: string = "ServerFault";
}

/** The server understood no revision of the protocol. */
export class NotUnderstood extends Error {
  override readonly name = "NotUnderstood";
  /** Whether it sent nothing at all. */
  readonly silent: boolean;
  /** Whether it answered with errors or with invalid replies. */
  readonly answered: boolean;
  /** The revision in which it was asked last. */
  readonly asked: string | undefined;

  constructor(
    message: string,
    { silent, answered, asked }: {
      readonly silent: boolean;
      readonly answered: boolean;
      readonly asked?: string | undefined;
    },
  ) {
    super(message);
    this.silent = silent;
    this.answered = answered;
    this.asked = asked;
  }
}

/** The connection ended, or nothing came over it in time: a new one is needed. */
export class ConnectionLost extends Error {
  override readonly name: string = "ConnectionLost";
}

/** Nothing came over the open connection in time. */
export class NoAnswer extends ConnectionLost {
  override readonly name = "NoAnswer";
}

/** The server is a service of another kind. */
export class ForeignService extends ConnectionLost {
  override readonly name = "ForeignService";
  /** The kind of service, with its article. */
  readonly kind: string;

  constructor(kind: string) {
    super(`The answer was that of ${kind}`);
    this.kind = kind;
  }
}

/** No connection could be made. */
export class ConnectFailed extends Error {
  override readonly name: string = "ConnectFailed";
}

/** No connection could be made any more after a request, which may have ended the server. */
export class WentAway extends ConnectFailed {
  override readonly name = "WentAway";
}

/** The error for a file whose checksum differed on the server `times` times. */
export function checksumMismatch({ name }: LocalFile, times: number): ClientError {
  return new ClientError(
    `The server found another checksum for ${quotedPath(name)} ${times} times and keeps nothing ` +
      "of it; check this machine's disk and memory and the network, then send it again",
    { reason: "checksum-mismatch", exitCode: EXIT.failed },
  );
}

/**
 * The error for a file whose connection was lost too often, most recently by `cause`. With
 * `waited`, in milliseconds, no connection could be made for that time, so no other file can be
 * sent either.
 */
export function connectionLost(
  { name }: LocalFile,
  { cause, waited }: { readonly cause: ConnectionLost; readonly waited?: number | undefined },
): ClientError {
  const what = waited === undefined
    ? `The connection was lost too often while sending ${quotedPath(name)}`
    : `The connection was lost while sending ${quotedPath(name)}, and not made again within ` +
      formatDuration(waited);
  return new ClientError(
    `${what}: ${factOf(cause.message)}; check the network and the server, then send it again`,
    {
      reason: "connection-lost",
      exitCode: EXIT.failed,
      cause,
      hopeless: waited !== undefined,
    },
  );
}

/** The error for a failed search for the server's revision. */
export function noRevision(cause: NotUnderstood): ClientError {
  const { silent, answered } = cause;
  // A server that speaks protocol 4 alone closes each connection.
  const orLogIn = answered
    ? ""
    : " (one of protocol 4 alone needs a login first: login ADDRESS --name NAME)";
  const advice = silent
    ? "check that it is a server of protocol 3, and give it longer with --timeout"
    : `check that it is a server of protocol 3${orLogIn}, and name its revision with ` +
      "--revision: 2022c cannot always be found out";
  return new ClientError(`${cause.message}; ${advice}`, {
    reason: "no-revision",
    exitCode: EXIT.failed,
    cause,
  });
}

/** The error for a server that does not speak protocol 3. */
export function otherService(cause: ForeignService, server: Address): ClientError {
  return new ClientError(
    `${formatAddress(server)} is ${cause.kind}, and no server of protocol 3; check host and port`,
    { reason: "no-revision", exitCode: EXIT.failed, cause },
  );
}

/** The error for failed attempts to connect, with the message of the last one. */
export function noConnection(cause: ConnectFailed): ClientError {
  return new ClientError(cause.message, {
    reason: "no-connection",
    exitCode: EXIT.noConnection,
    cause,
  });
}

/** The most bytes needed to recognise a service. */
export const TELLING_BYTES = 128;

/** The first bytes of text protocols, and what each service is called. */
const SERVICES: readonly (readonly [firstBytes: RegExp, name: string])[] = [
  [/^HTTP\/\d/, "an HTTP server"],
  [/^\s*<(?:!doctype|html|\?xml)/i, "an HTTP server"],
  [/^SSH-/, "an SSH server"],
  [/^220[ -][^\r\n]*\bE?SMTP\b/i, "a mail server (SMTP)"],
  [/^220[ -][^\r\n]*\bFTP/i, "an FTP server"],
  [/^220[ -]/, "a mail or FTP server"],
  [/^\+OK\b/, "a mail server (POP3)"],
  [/^\* OK\b/, "a mail server (IMAP)"],
  [/^RFB \d/, "a VNC server"],
  [/^-(?:ERR|NOAUTH|DENIED)\b/, "a Redis server"],
];

/**
 * The kind of service that sends these first bytes, with its article; undefined if unknown. Only
 * for bytes that are not a reply of protocol 3.
 */
export function foreignService(firstBytes: Uint8Array): string | undefined {
  const [type = 0, major = 0, minor = 0, sequence = 0, version = 0] = firstBytes;
  // An alert or handshake record of SSL 3.0 to TLS 1.3.
  if ((type === 0x15 || type === 0x16) && major === 3 && minor <= 4) return "a TLS server";
  const text = String.fromCharCode(...firstBytes.subarray(0, TELLING_BYTES));
  // The first packet of handshake version 10, with the server's version.
  if (sequence === 0 && version === 10 && /^\d+\.\d/.test(text.slice(5))) return "a MySQL server";
  return SERVICES.find(([pattern]) => pattern.test(text))?.[1];
}
