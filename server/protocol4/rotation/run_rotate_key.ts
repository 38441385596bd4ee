import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import { messageOf, quotedPath } from "../../../shared/text/quoted.ts";
import type { ServerIo } from "../../server_io.ts";
import { readRotateCommandLine } from "../../settings/rotate_settings.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { runSmallCommand } from "../../run_small_command.ts";
import { rotateKey } from "./rotate_key.ts";

/** Changes the key of a server, and prints the new one. Returns the exit code. */
export function runRotateKey(args: readonly string[], io: ServerIo): Promise<number> {
  return runSmallCommand({
    read: readRotateCommandLine,
    async run({ data }) {
      try {
        const { spki } = await rotateKey(data, io.clock.date());
        return `The key is now ${keyText(spki)}; start the server again`;
      } catch (error) {
        if (error instanceof StartupError) throw error;
        throw new StartupError(
          `Could not change the key in ${quotedPath(data)}: ${messageOf(error)}`,
          { cause: error },
        );
      }
    },
  }, { args, io });
}
