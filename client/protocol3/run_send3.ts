import type { ExitCode } from "../client_error.ts";
import type { CommandContext } from "../command_context.ts";
import type { Accounts } from "../send/account.ts";
import { runSend } from "../send/run_send.ts";
import type { ClientSettings } from "../settings/send_settings.ts";
import { Handshake } from "./handshake.ts";
import { IdentityFiles } from "./identity/identity_files.ts";
import { OwnIdentity } from "./identity/own_identity.ts";
import { completed, readProven, removeProven, writeProven } from "./identity/proven_settings.ts";
import { ConcurrentContents } from "./sending/encrypted_content.ts";
import { Session } from "./session.ts";

/**
 * The command `send` over protocol 3, with all that it needs in one late import: each takes 2 ms.
 * Throws a `ClientError`.
 */
export function runSend3(settings: ClientSettings, context: CommandContext): Promise<ExitCode> {
  return runSend(settings, context, ACCOUNTS);
}

/** Accounts of protocol 3: an identity in `me.info` and `priv.key`, and a session that uses it. */
const ACCOUNTS: Accounts = {
  async at(server, options) {
    const own = await OwnIdentity.find({ ...options, server });
    return {
      name: own.identity?.name,
      async uplink({ forget, ...given }) {
        if (forget) await removeProven(own.folder, server);
        const recorded = await readProven(own.folder, server, options);
        const settings = { ...given, ...completed(given, recorded) };
        const handshake = await Handshake.prepare({ ...settings, own });
        return new Session({
          ...{ ...settings, server, handshake, contents: new ConcurrentContents() },
          onProven: (proven) =>
            writeProven(own.folder, { ...proven, server, clock: options.clock }),
        });
      },
    };
  },
  async nameIn(folder) {
    return (await new IdentityFiles(folder).load())?.name;
  },
  async servers(folders) {
    const { listIdentities } = await import("./identity/list_identities.ts");
    const lists = await Promise.all(folders.map(listIdentities));
    return lists.flat().map(({ server }) => server);
  },
};
