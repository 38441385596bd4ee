import { formatServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { messageOf, quotedPath } from "../../../shared/text/quoted.ts";
import type { ServerIo } from "../../server_io.ts";
import { type InviteSettings, readInviteCommandLine } from "../../settings/invite_settings.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { knownServerKey } from "../identity/server_key.ts";
import { makeSecret } from "../identity/token.ts";
import { runSmallCommand } from "../../run_small_command.ts";
import { leaveInvitation } from "./invitation_files.ts";

/**
 * Invites a client: prints an address with an invitation, which works once, while the server runs
 * or before it does. Returns the exit code.
 */
export function runInvite(args: readonly string[], io: ServerIo): Promise<number> {
  return runSmallCommand({ read: readInviteCommandLine, run: invite }, { args, io });
}

/** Makes an invitation, and returns its address. */
async function invite(
  { server, data, name, quota, expires }: InviteSettings,
  { clock }: Pick<ServerIo, "clock">,
): Promise<string> {
  const { spki } = await knownServerKey(data);
  const { text: invitation, hash } = makeSecret();
  const now = clock.date();
  try {
    await leaveInvitation(data, {
      ...{ hash, now, expires: new Date(now.getTime() + expires) },
      ...(name !== undefined && { name }),
      ...(quota !== undefined && { quota }),
    });
  } catch (error) {
    throw new StartupError(
      `Could not leave an invitation in ${quotedPath(data)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return formatServerAddress({ ...server, spki, invitation });
}
