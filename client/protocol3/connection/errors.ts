import { quotedPath } from "../../../shared/text/quoted.ts";
import { ClientError, EXIT, factOf } from "../../client_error.ts";
import type { LocalFile } from "../../uplink.ts";
import { formatDuration } from "../../../shared/settings/quantity.ts";
import { type Address, formatAddress } from "../../../shared/text/address.ts";

/**
 * The server answered with an error, or with something that was not its turn: the same request is
 * sent again. The connection can still be used.
 */
export class ServerFault extends Error {
  override readonly name: string = "ServerFault";
}

/** The server understood no revision of the protocol. */
export class NotUnderstood extends Error {
  override readonly name = "NotUnderstood";
  /** Whether it said nothing at all. */
  readonly silent: boolean;
  /** Whether it answered with errors, or with what is no answer. */
  readonly answered: boolean;

  constructor(
    message: string,
    { silent, answered }: { readonly silent: boolean; readonly answered: boolean },
  ) {
    super(message);
    this.silent = silent;
    this.answered = answered;
  }
}

/** The connection ended, or nothing came over it in time: another one has to be made. */
export class ConnectionLost extends Error {
  override readonly name: string = "ConnectionLost";
}

/** Nothing came over the connection in time, although it stood. */
export class NoAnswer extends ConnectionLost {
  override readonly name = "NoAnswer";
}

/** What answered is a service of another kind. */
export class ForeignService extends ConnectionLost {
  override readonly name = "ForeignService";
  /** What it is, with its article. */
  readonly kind: string;

  constructor(kind: string) {
    super(`The answer was that of ${kind}`);
    this.kind = kind;
  }
}

/** No connection could be made at all. */
export class ConnectFailed extends Error {
  override readonly name = "ConnectFailed";
}

/** The end of a file that the server found another checksum for, so many times. */
export function checksumMismatch({ name }: LocalFile, times: number): ClientError {
  return new ClientError(
    `The server found another checksum for ${quotedPath(name)} ${times} times and keeps nothing ` +
      "of it; check this machine's disk and memory and the network, then send it again",
    { reason: "checksum-mismatch", exitCode: EXIT.failed },
  );
}

/**
 * The end of a file whose connection was lost too often; the last time because of `cause`. With
 * `waited`, milliseconds, it was not made again in that time, and other files have no chance
 * either.
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

/** The end of a search for the revision that a server speaks. */
export function noRevision(cause: NotUnderstood): ClientError {
  const advice = cause.silent
    ? "check that it is a server of protocol 3, and give it longer with --timeout"
    : "check that it is a server of protocol 3, and name its revision with --revision: 2022c " +
      "cannot be found out";
  return new ClientError(`${cause.message}; ${advice}`, {
    reason: "no-revision",
    exitCode: EXIT.failed,
    cause,
  });
}

/** The end of a conversation with what is no server of protocol 3 at all. */
export function otherService(cause: ForeignService, server: Address): ClientError {
  return new ClientError(
    `${formatAddress(server)} is ${cause.kind}, and no server of protocol 3; check host and port`,
    { reason: "no-revision", exitCode: EXIT.failed, cause },
  );
}

/** The end of all attempts to connect; its message is that of the last one. */
export function noConnection(cause: ConnectFailed): ClientError {
  return new ClientError(cause.message, {
    reason: "no-connection",
    exitCode: EXIT.noConnection,
    cause,
  });
}
