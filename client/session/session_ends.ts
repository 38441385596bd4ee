/** How a session ends that cannot go on: what is told to the user, by reason. */
import { quotedPath } from "../../shared/files/quoted.ts";
import { ClientError, EXIT, factOf } from "../client_error.ts";
import type { LocalFile } from "../sending/local_file.ts";
import type { ConnectFailed, ConnectionLost, NotUnderstood } from "./faults.ts";

/** The end of a file that the server found another checksum for, so many times. */
export function checksumMismatch({ name }: LocalFile, times: number): ClientError {
  return new ClientError(
    `The server found another checksum for ${quotedPath(name)} ${times} times and keeps nothing ` +
      "of it; check this machine's disk and memory and the network, then send it again",
    { reason: "checksum-mismatch", exitCode: EXIT.failed },
  );
}

/** The end of a file whose connection was lost too often; the last time because of `cause`. */
export function connectionLost({ name }: LocalFile, cause: ConnectionLost): ClientError {
  return new ClientError(
    `The connection was lost too often while sending ${quotedPath(name)}: ${
      factOf(cause.message)
    }; ` +
      "check the network and the server, then send it again",
    { reason: "connection-lost", exitCode: EXIT.failed, cause },
  );
}

/** The end of a search for the revision that a server speaks. */
export function noRevision(cause: NotUnderstood): ClientError {
  return new ClientError(
    `${
      factOf(cause.message)
    }; check that it is a server of protocol 3, and name its revision with ` +
      "--revision: 2022c cannot be found out",
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
