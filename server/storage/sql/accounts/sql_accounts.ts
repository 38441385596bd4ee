import type { ClientId } from "../../../../shared/wire/client_id.ts";
import type { Clock } from "../../../../shared/clock.ts";
import type {
  Account,
  Accounts,
  Admitted,
  Device,
  DeviceId,
  DeviceRefusal,
  Invitation,
  NewDevice,
  NewToken,
  PresentedToken,
  RefusedInvitation,
  Registration,
  TokenId,
  TokenRecord,
} from "../../trees/accounts.ts";
import { StorageError } from "../../storage_error.ts";
import { accountOf, type AccountRow, deviceOf } from "./account_rows.ts";
import {
  acceptInvitation,
  ACCOUNT,
  ACCOUNT_NAMED,
  accountOffered,
  addDevice,
  devicesOf,
  register,
} from "./admission.ts";
import { issueToken, presentedToken, revoke, revokeDevice, tokensThatHold } from "./tokens.ts";

import { get, ofClient, ofHash, ofName, type RowDatabase, run } from "../work.ts";

/** One-time addresses of an account that are kept at a time: the oldest goes first. */
const MOST_OFFERS = 16;

/** The accounts in a database, as rows of the clients of its catalog. */
export class SqlAccounts implements Accounts {
  readonly #database: RowDatabase;
  readonly #now: Clock["date"];

  constructor(database: RowDatabase, { clock }: { readonly clock: Pick<Clock, "date"> }) {
    this.#database = database;
    this.#now = clock.date;
  }

  register(registration: Registration): Promise<Admitted | "name-taken" | RefusedInvitation> {
    const { id, name, invitation } = registration;
    const of = [ofClient(id), ofName(name), ...(invitation ? [ofHash(invitation)] : [])];
    return this.#database.write(() => register(registration, this.#now()), { of });
  }

  account(id: ClientId): Promise<Account | undefined> {
    return this.#account(ACCOUNT, id);
  }

  accountNamed(name: string): Promise<Account | undefined> {
    return this.#account(ACCOUNT_NAMED, name);
  }

  devices(clientId: ClientId): Promise<readonly Device[]> {
    return this.#database.read(function* () {
      return (yield* devicesOf(clientId)).map(deviceOf);
    });
  }

  offerDevice(
    { hash, clientId, expires }: {
      readonly hash: Uint8Array;
      readonly clientId: ClientId;
      readonly expires: Date;
    },
  ): Promise<void> {
    return this.#database.write(function* () {
      if ((yield* get(ACCOUNT, clientId)) === undefined) {
        throw new StorageError("unknown-client", "No account with this id is registered");
      }
      yield* run(
        "DELETE FROM device_offers WHERE Sequence IN (SELECT Sequence FROM device_offers" +
          " WHERE ID = ? ORDER BY Sequence DESC LIMIT 1000000000 OFFSET ?)",
        ...[clientId, MOST_OFFERS - 1],
      );
      yield* run(
        "INSERT INTO device_offers (Hash, ID, Expires) VALUES (?, ?, ?)",
        ...[hash, clientId, expires.toISOString()],
      );
    }, { of: [ofClient(clientId)] });
  }

  async addDevice(
    hash: Uint8Array,
    device: NewDevice,
  ): Promise<Admitted | Exclude<RefusedInvitation, "invitation-for-another-name"> | DeviceRefusal> {
    // An address is never of another account.
    const clientId = await this.#database.read(() => accountOffered(hash));
    if (clientId === undefined) return "invitation-unknown";
    return await this.#database.write(() => addDevice({ hash, device, now: this.#now() }), {
      of: [ofClient(clientId)],
    });
  }

  removeDevice(
    clientId: ClientId,
    deviceId: DeviceId,
  ): Promise<"removed" | "device-unknown" | "last-device"> {
    const now = this.#now;
    return this.#database.write(function* () {
      const own = "SELECT 1 FROM devices WHERE ID = ? AND DeviceID = ?";
      if ((yield* get(own, clientId, deviceId)) === undefined) return "device-unknown";
      if ((yield* devicesOf(clientId)).length === 1) return "last-device";
      yield* run("DELETE FROM devices WHERE DeviceID = ?", deviceId);
      yield* revokeDevice({ clientId, deviceId, now: now() });
      // It may have made an address by which another key of its own could be added.
      yield* run("DELETE FROM device_offers WHERE ID = ?", clientId);
      return "removed";
    }, { of: [ofClient(clientId)], mayUseReserve: true });
  }

  issueToken(token: NewToken): Promise<TokenRecord> {
    const of = [ofClient(token.clientId)];
    // Without a token nothing can be removed.
    return this.#database.write(() => issueToken(token, this.#now()), { of, mayUseReserve: true });
  }

  token(hash: Uint8Array): Promise<PresentedToken | undefined> {
    return this.#database.read(() => presentedToken(hash, this.#now()));
  }

  tokens(clientId: ClientId): Promise<readonly TokenRecord[]> {
    return this.#database.read(() => tokensThatHold(clientId, this.#now()));
  }

  revokeToken(clientId: ClientId, tokenId: TokenId): Promise<boolean> {
    const of = [ofClient(clientId)];
    return this.#database.write(() => revoke({ clientId, tokenId, now: this.#now() }), {
      ...{ of, mayUseReserve: true },
    });
  }

  invite(
    { hash, name = null, quota = null, expires }: {
      readonly hash: Uint8Array;
      readonly name?: string | null;
      readonly quota?: number | null;
      readonly expires: Date;
    },
  ): Promise<void> {
    return this.#database.write(function* () {
      yield* run(
        "INSERT INTO invitations (Hash, Name, Quota, Expires) VALUES (?, ?, ?, ?)" +
          " ON CONFLICT (Hash) DO NOTHING",
        ...[hash, name, quota, expires.toISOString()],
      );
    }, { of: [ofHash(hash)] });
  }

  withdraw(hash: Uint8Array): Promise<boolean> {
    return this.#database.write(function* () {
      return (yield* run("DELETE FROM invitations WHERE Hash = ? AND UsedBy IS NULL", hash)) === 1;
    }, { of: [ofHash(hash)], mayUseReserve: true });
  }

  invitation(hash: Uint8Array, name: string): Promise<Invitation | RefusedInvitation> {
    return this.#database.read(() => acceptInvitation({ hash, name, now: this.#now() }));
  }

  #account(select: string, value: Uint8Array | string): Promise<Account | undefined> {
    return this.#database.read(function* () {
      const row = yield* get<AccountRow>(select, value);
      return row && accountOf(row);
    });
  }
}
