import { quoted } from "../../shared/text/quoted.ts";
import { localError } from "../client_error.ts";
import { nearCommand } from "./near_command.ts";

/**
 * Throws a `ClientError` (`bad-command-line`) when the first word of a command line, which is no
 * command, is no file either, but like a command: everything behind it would be taken for files to
 * send.
 */
export async function refuseMistyped(first: string): Promise<void> {
  const near = nearCommand(first);
  if (near === undefined || await Deno.lstat(first).then(() => true, () => false)) return;
  throw localError(
    "bad-command-line",
    `There is neither a command nor a file ${quoted(first)}; perhaps you mean ${quoted(near)}`,
  );
}
