import { formatServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { messageOf, quotedPath } from "../../../shared/text/quoted.ts";
import type { ServerIo } from "../../server_io.ts";
import { readDatabasePassword } from "../../settings/database_settings.ts";
import {
  type InviteSettings,
  readInviteCommandLine,
} from "../../settings/commands/invite_settings.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { isPostgresAddress } from "../../storage/access/database_address.ts";
import { openSecrets } from "../../storage/open_secrets.ts";
import { knownServerKey } from "../identity/server_key.ts";
import { keptKeyText, keyAt, readSharedKey } from "../identity/shared_key.ts";
import { makeSecret, secretHash } from "../identity/token.ts";
import { runSmallCommand } from "../../run_small_command.ts";
import { leaveInvitation, type NewInvitation, withdrawInvitation } from "./invitation_files.ts";

/**
 * Invites a client: prints an address with an invitation, which works once, while the server runs
 * or before it does; or withdraws one. Returns the exit code.
 */
export function runInvite(args: readonly string[], io: ServerIo): Promise<number> {
  return runSmallCommand({
    read: readInviteCommandLine,
    run: (settings, io) => settings.withdraw ? withdraw(settings, io) : invite(settings, io),
  }, { args, io });
}

/** Withdraws the invitation of an address, and says so. */
async function withdraw(
  { server: { invitation }, data, database, databasePasswordFile, ...access }: InviteSettings,
  { env, clock }: ServerIo,
): Promise<string> {
  if (invitation === undefined) {
    throw new StartupError("Give --withdraw the whole address that was printed");
  }
  const hash = secretHash(invitation);
  let withdrawn: boolean;
  if (database !== undefined && isPostgresAddress(database)) {
    const password = await readDatabasePassword(databasePasswordFile, env);
    await using secrets = await openSecrets({ ...access, database, password, clock });
    withdrawn = await secrets.accounts.withdraw(hash);
  } else withdrawn = await withdrawInvitation(data, hash);
  if (withdrawn) return "The invitation is withdrawn: no client can use it";
  throw new StartupError(
    "There is no such invitation any more: the log says who has registered",
  );
}

/** Makes an invitation, and returns its address. */
async function invite(settings: InviteSettings, io: ServerIo): Promise<string> {
  const { server, data, database, name, quota } = settings;
  if (server.invitation !== undefined) {
    throw new StartupError("An address with an invitation is there: --withdraw withdraws it");
  }
  const { text: invitation, hash } = makeSecret();
  const made: Made = {
    hash,
    ...(name !== undefined && { name }),
    ...(quota !== undefined && { quota }),
    until: (now) => new Date(now.getTime() + settings.expires),
  };
  const spki = database !== undefined && isPostgresAddress(database)
    ? await inDatabase(made, { ...settings, database }, io)
    : await inFolder(made, data, io.clock.date());
  return formatServerAddress({ ...server, spki, invitation });
}

/** An invitation, but for its end, which is by the clock of those who take it. */
interface Made extends Omit<NewInvitation, "expires"> {
  readonly until: (now: Date) => Date;
}

/** Leaves an invitation in the data folder of a server; returns that server's key. */
async function inFolder(
  { until, ...made }: Made,
  data: string,
  now: Date,
): Promise<Uint8Array<ArrayBuffer>> {
  const { spki } = await knownServerKey(data);
  try {
    await leaveInvitation(data, { ...made, now, expires: until(now) });
  } catch (error) {
    throw new StartupError(
      `Could not leave an invitation in ${quotedPath(data)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
  return spki;
}

/** Puts an invitation where all servers of a database have it; returns their key. */
async function inDatabase(
  { until, ...made }: Made,
  { databasePasswordFile, ...access }: InviteSettings & { readonly database: string },
  { env, clock }: Pick<ServerIo, "env" | "clock">,
): Promise<Uint8Array<ArrayBuffer>> {
  const password = await readDatabasePassword(databasePasswordFile, env);
  await using secrets = await openSecrets({ ...access, password, clock });
  const { shared, accounts } = secrets;
  const now = shared.date();
  const { spki } = keyAt(await readSharedKey(await keptKeyText(shared)), now);
  await accounts.invite({ ...made, expires: until(now) });
  return spki;
}
