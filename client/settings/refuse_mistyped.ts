import { nearest, UsageError } from "../../shared/settings/read_settings.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { COMMAND_WORDS } from "./send_settings.ts";

/**
 * Throws a `UsageError` when the first word of a command line is neither a command nor a file, but
 * similar to a command: all words after it would be treated as files to send.
 */
export async function refuseMistyped(first: string): Promise<void> {
  const near = nearest(first.toLowerCase(), COMMAND_WORDS);
  if (near === undefined || await Deno.lstat(first).then(() => true, () => false)) return;
  throw new UsageError(
    `There is neither a command nor a file ${quoted(first)}; perhaps you mean ${quoted(near)}`,
  );
}
