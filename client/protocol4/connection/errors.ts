import { ClientError, type ClientReason, EXIT } from "../../client_error.ts";

/** The connection ended, or nothing came over it in time: the same request may be sent again. */
export class LostConnection extends ClientError {
  constructor(
    reason: ClientReason & ("connection-lost" | "no-answer"),
    message: string,
    cause?: unknown,
  ) {
    super(message, { reason, exitCode: EXIT.failed, cause });
  }
}

/** The error for an answer that is not of its form; the connection cannot be used any more. */
export function badAnswer(what: string): ClientError {
  return new ClientError(
    `The server ${what}; check that it is a server of protocol 4, and see its log`,
    { reason: "bad-answer", exitCode: EXIT.failed },
  );
}
