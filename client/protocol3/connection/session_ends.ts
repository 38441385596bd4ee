/** How a session ends that cannot go on: what is told to the user, by reason. */
import { quotedPath } from "../../../shared/text/quoted.ts";
import { ClientError, EXIT, factOf } from "../../client_error.ts";
import type { LocalFile } from "../../files/local_file.ts";
import { formatDuration } from "../../../shared/settings/quantity.ts";
import { type Address, formatAddress } from "../../../shared/text/address.ts";
import type { ConnectFailed, ConnectionLost, ForeignService, NotUnderstood } from "./errors.ts";

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
 * `waited`, milliseconds, it was not made again in that time, and other files have no chance either.
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
