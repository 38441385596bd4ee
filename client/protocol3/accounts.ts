import type { Accounts } from "../send/account.ts";
import { Handshake } from "./handshake.ts";
import { IdentityFiles } from "./identity/identity_files.ts";
import { OwnIdentity } from "./identity/own_identity.ts";
import { Session } from "./session.ts";

/** Accounts of protocol 3: an identity in `me.info` and `priv.key`, and a session that uses it. */
export const ACCOUNTS: Accounts = {
  async at(server, options) {
    const own = await OwnIdentity.find({ ...options, server });
    return {
      name: own.identity?.name,
      async uplink(settings) {
        const handshake = await Handshake.prepare({ ...settings, own });
        return new Session({ ...settings, server, handshake });
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
