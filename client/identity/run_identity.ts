import { formatAddress } from "../../shared/text/address.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { EXIT, type ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import { clientFolders, usualPlaces } from "../plan/client_folder.ts";
import { plannedServer } from "../plan/plan.ts";
import type { IdentitySettings } from "../settings/identity_settings.ts";
import { moveIdentity } from "./move_identity.ts";
import { isSameServer } from "./server_folder.ts";

/** The command `identity`: `move OLD NEW` says that a server has another address. */
export async function runIdentity(
  { from, to, dir, json, quiet }: IdentitySettings,
  { io, home, stdout, screen }: CommandContext,
): Promise<ExitCode> {
  const { folder, identities, userFolder } = await clientFolders(
    dir,
    await usualPlaces(home, io.env),
  );
  const planned = () =>
    identities[0] === folder ? plannedServer(folder) : Promise.resolve(undefined);
  const name = await moveIdentity({ from, to, folders: identities, planned, userFolder });
  const [old, now] = [from, to].map(formatAddress);
  if (json) stdout.write(`${JSON.stringify({ status: "moved", name, from: old, to: now })}\n`);
  else if (!quiet) {
    stdout.write(`${quoted(name)} is known to ${now} from now on, and not to ${old}\n`);
  }
  const named = await plannedServer(folder);
  if (named !== undefined && isSameServer(named, from)) {
    screen.line(`transfer.info still names ${old}; write ${now} into its first line`);
  }
  return EXIT.sent;
}
