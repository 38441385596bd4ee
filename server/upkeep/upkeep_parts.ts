/** Where the commands of upkeep are given what they need of protocol 4. */
import { TreeHash } from "../../shared/protocol4/tree/tree_hash.ts";
import { knownServerKeyText } from "../protocol4/identity/server_key.ts";
import { SHARED_KEY } from "../protocol4/identity/shared_key.ts";
import { leftInvitations } from "../protocol4/invitations/invitation_files.ts";
import type { ServerIo } from "../server_io.ts";
import type { Row } from "../storage/sql/table_rows.ts";
import type { NewTreeHash } from "./summing.ts";

/** What a data folder has beside its database and contents. */
export interface OutsideDatabase {
  /** Secrets that all servers of a database share. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Invitations that the server has not taken over yet. */
  readonly invitations: readonly Row[];
}

/** What a command of upkeep runs in, and with. */
export interface UpkeepParts {
  readonly io: ServerIo;
  readonly newTreeHash: NewTreeHash;
  /** Reads what a data folder has beside its database. Throws a `StartupError`. */
  readonly outsideDatabase: (data: string) => Promise<OutsideDatabase>;
  /** Reads the key of a server; undefined if there is none. Throws a `StartupError`. */
  readonly serverKey: (data: string) => Promise<string | undefined>;
}

/** Returns what a command of upkeep runs with. */
export function upkeepParts(io: ServerIo): UpkeepParts {
  return { io, newTreeHash: () => new TreeHash(), outsideDatabase, serverKey: knownServerKeyText };
}

async function outsideDatabase(data: string): Promise<OutsideDatabase> {
  const key = await knownServerKeyText(data);
  const invitations = await leftInvitations(data);
  return {
    secrets: key === undefined ? {} : { [SHARED_KEY]: key },
    invitations: invitations.map(({ hash, name = null, quota = null, expires }) => ({
      ...{ Hash: hash, Name: name, Quota: quota, Expires: expires.toISOString(), UsedBy: null },
    })),
  };
}
