import type { ClientId } from "../../../../shared/wire/client_id.ts";
import type { Clock } from "../../../../shared/clock.ts";
import type {
  Account,
  Accounts,
  Admitted,
  Device,
  DeviceRefusal,
  Invitation,
  NewDevice,
  NewToken,
  PresentedToken,
  RefusedInvitation,
  Registration,
  TokenRecord,
} from "../../accounts.ts";
import { StorageError } from "../../storage_error.ts";
import type { DurableDatabase } from "../durable_database.ts";
import type { Statements } from "../statements.ts";
import { accountOf, type AccountRow, deviceOf } from "./account_rows.ts";
import {
  acceptInvitation,
  ACCOUNT,
  ACCOUNT_NAMED,
  addDevice,
  devicesOf,
  register,
} from "./admission.ts";
import { issueToken, presentedToken, revoke, revokeDevice, tokensThatHold } from "./tokens.ts";

/** One-time addresses of an account that are kept at a time: the oldest goes first. */
const MOST_OFFERS = 16;

/** The accounts in a SQLite database, as rows of the clients of its catalog. */
export class SqliteAccounts implements Accounts {
  readonly #database: DurableDatabase;
  readonly #sql: Statements;
  readonly #now: Clock["date"];

  constructor(database: DurableDatabase, { clock }: { readonly clock: Clock }) {
    this.#database = database;
    this.#sql = database.sql;
    this.#now = clock.date;
  }

  register(registration: Registration): Promise<Admitted | "name-taken" | RefusedInvitation> {
    return this.#database.write(() => register(this.#sql, registration, this.#now()));
  }

  account(id: ClientId): Promise<Account | undefined> {
    return this.#account(ACCOUNT, id);
  }

  accountNamed(name: string): Promise<Account | undefined> {
    return this.#account(ACCOUNT_NAMED, name);
  }

  devices(clientId: ClientId): Promise<readonly Device[]> {
    return this.#database.read(() => devicesOf(this.#sql, clientId).map(deviceOf));
  }

  offerDevice(
    { hash, clientId, expires }: {
      readonly hash: Uint8Array;
      readonly clientId: ClientId;
      readonly expires: Date;
    },
  ): Promise<void> {
    return this.#database.write(() => {
      if (this.#sql.get(ACCOUNT, clientId) === undefined) {
        throw new StorageError("unknown-client", "No account with this id is registered");
      }
      this.#sql.run(
        "DELETE FROM device_offers WHERE Sequence IN (SELECT Sequence FROM device_offers" +
          " WHERE ID = ? ORDER BY Sequence DESC LIMIT -1 OFFSET ?)",
        ...[clientId, MOST_OFFERS - 1],
      );
      this.#sql.run(
        "INSERT INTO device_offers (Hash, ID, Expires) VALUES (?, ?, ?)",
        ...[hash, clientId, expires.toISOString()],
      );
    });
  }

  addDevice(
    hash: Uint8Array,
    device: NewDevice,
  ): Promise<Admitted | Exclude<RefusedInvitation, "invitation-for-another-name"> | DeviceRefusal> {
    return this.#database.write(() => addDevice(this.#sql, { hash, device, now: this.#now() }));
  }

  removeDevice(
    clientId: ClientId,
    deviceId: Uint8Array,
  ): Promise<"removed" | "device-unknown" | "last-device"> {
    return this.#database.write(() => {
      const own = "SELECT 1 FROM devices WHERE ID = ? AND DeviceID = ?";
      if (this.#sql.get(own, clientId, deviceId) === undefined) return "device-unknown";
      if (devicesOf(this.#sql, clientId).length === 1) return "last-device";
      this.#sql.run("DELETE FROM devices WHERE DeviceID = ?", deviceId);
      revokeDevice(this.#sql, { clientId, deviceId, now: this.#now() });
      // It may have made an address by which another key of its own could be added.
      this.#sql.run("DELETE FROM device_offers WHERE ID = ?", clientId);
      return "removed";
    });
  }

  issueToken(token: NewToken): Promise<TokenRecord> {
    return this.#database.write(() => issueToken(this.#sql, token, this.#now()));
  }

  token(hash: Uint8Array): Promise<PresentedToken | undefined> {
    return this.#database.read(() => presentedToken(this.#sql, hash, this.#now()));
  }

  tokens(clientId: ClientId): Promise<readonly TokenRecord[]> {
    return this.#database.read(() => tokensThatHold(this.#sql, clientId, this.#now()));
  }

  revokeToken(clientId: ClientId, tokenId: Uint8Array): Promise<boolean> {
    return this.#database.write(() => revoke(this.#sql, { clientId, tokenId, now: this.#now() }));
  }

  invite(
    { hash, name = null, quota = null, expires }: {
      readonly hash: Uint8Array;
      readonly name?: string | null;
      readonly quota?: number | null;
      readonly expires: Date;
    },
  ): Promise<void> {
    return this.#database.write(() => {
      this.#sql.run(
        "INSERT INTO invitations (Hash, Name, Quota, Expires) VALUES (?, ?, ?, ?)",
        ...[hash, name, quota, expires.toISOString()],
      );
    });
  }

  invitation(hash: Uint8Array, name: string): Promise<Invitation | RefusedInvitation> {
    return this.#database.read(() => acceptInvitation(this.#sql, { hash, name, now: this.#now() }));
  }

  #account(select: string, value: Uint8Array | string): Promise<Account | undefined> {
    return this.#database.read(() => {
      const row = this.#sql.get<AccountRow>(select, value);
      return row && accountOf(row);
    });
  }
}
