import { ClientError, EXIT, type ExitCode, type RefusalReason } from "../../client_error.ts";
import { isBusy } from "../../network/patience.ts";

/** The error for an entry of a batch, or for the batch itself, that the server refused. */
export function refused(
  what: string,
  { reason, message }: { readonly reason: string; readonly message: string },
): ClientError {
  const error = (exitCode: ExitCode) =>
    new ClientError(`The server refused ${what}: ${message}`, {
      // A later version may have more reasons; they are shown as they are.
      reason: reason as RefusalReason,
      exitCode,
      hopeless: false,
    });
  const refusal = error(EXIT.refused);
  return isBusy(refusal) ? error(EXIT.failed) : refusal;
}
