import type { ClientId } from "../../../../shared/wire/client_id.ts";
import { sameBytes } from "../../../../shared/wire/bytes.ts";
import {
  type Admitted,
  type DeviceRefusal,
  type Invitation,
  MOST_DEVICES,
  type NewDevice,
  type RefusedInvitation,
  type Registration,
} from "../../trees/accounts.ts";
import { withdrawClaim } from "../catalog_rows.ts";
import {
  accountOf,
  type AccountRow,
  deviceOf,
  type DeviceRow,
  invitationOf,
  type InvitationRow,
  type OfferRow,
} from "./account_rows.ts";
import { all, get, run, type Work } from "../work.ts";

/** Selects an account by its id. */
export const ACCOUNT = "SELECT * FROM clients WHERE Protocol = 4 AND ID = ?";
/** Selects an account by its name. */
export const ACCOUNT_NAMED = "SELECT * FROM clients WHERE Protocol = 4 AND Name = ?";
/** What a row of `clients` has as the revision of an account: it has none. */
const NO_REVISION = "";

/** As `Accounts.register()`, within a transaction. */
export function* register(
  { id, name, device, invitation, claimTime }: Registration,
  now: Date,
): Work<Admitted | "name-taken" | RefusedInvitation> {
  const known = yield* get<AccountRow>(ACCOUNT_NAMED, name);
  const own = known && (yield* deviceWithKey(known.ID, device.publicKey));
  if (known && own) return { account: accountOf(known), device: deviceOf(own), repeated: true };
  const invited = invitation && (yield* acceptInvitation({ hash: invitation, name, now }));
  if (typeof invited === "string") return invited;
  if (claimTime !== undefined) yield* withdrawClaim(name, { claimTime, now });
  if (yield* get("SELECT 1 FROM clients WHERE Name = ?", name)) return "name-taken";
  const date = now.toISOString();
  yield* run(
    "INSERT INTO clients (ID, Name, LastSeen, Revision, Protocol, Quota, RegisteredAt)" +
      " VALUES (?, ?, ?, ?, 4, ?, ?)",
    ...[id, name, date, NO_REVISION, invited?.quota ?? null, date],
  );
  if (invitation !== undefined) {
    yield* run("UPDATE invitations SET UsedBy = ? WHERE Hash = ?", id, invitation);
  }
  const row = yield* insertDevice({ clientId: id, device, date });
  const quota = invited?.quota;
  const account = { id, name, registeredAt: now, ...(quota === undefined ? {} : { quota }) };
  return { account, device: row, repeated: false };
}

/** Returns an invitation that may be used for a name, or what refuses it. */
export function* acceptInvitation(
  { hash, name, now }: { readonly hash: Uint8Array; readonly name: string; readonly now: Date },
): Work<Invitation | RefusedInvitation> {
  const row = yield* get<InvitationRow>("SELECT * FROM invitations WHERE Hash = ?", hash);
  if (row === undefined) return "invitation-unknown";
  if (row.UsedBy !== null) return "invitation-used";
  if (row.Expires <= now.toISOString()) return "invitation-expired";
  if (row.Name !== null && row.Name !== name) return "invitation-for-another-name";
  return invitationOf(row);
}

/** Returns the account that a one-time address is for. */
export function* accountOffered(hash: Uint8Array): Work<ClientId | undefined> {
  return (yield* get<OfferRow>("SELECT * FROM device_offers WHERE Hash = ?", hash))?.ID;
}

/** As `Accounts.addDevice()`, within a transaction. */
export function* addDevice(
  { hash, device, now }: {
    readonly hash: Uint8Array;
    readonly device: NewDevice;
    readonly now: Date;
  },
): Work<Admitted | Exclude<RefusedInvitation, "invitation-for-another-name"> | DeviceRefusal> {
  const offer = yield* get<OfferRow>("SELECT * FROM device_offers WHERE Hash = ?", hash);
  const account = offer && (yield* get<AccountRow>(ACCOUNT, offer.ID));
  if (offer === undefined || account === undefined) return "invitation-unknown";
  const known = yield* deviceWithKey(offer.ID, device.publicKey);
  if (offer.UsedBy !== null) {
    if (known === undefined || !sameBytes(known.DeviceID, offer.UsedBy)) return "invitation-used";
    return { account: accountOf(account), device: deviceOf(known), repeated: true };
  }
  const date = now.toISOString();
  if (offer.Expires <= date) return "invitation-expired";
  if (known !== undefined) return "device-known";
  if ((yield* devicesOf(offer.ID)).length >= MOST_DEVICES) return "too-many-devices";
  const added = yield* insertDevice({ clientId: offer.ID, device, date });
  yield* run("UPDATE device_offers SET UsedBy = ? WHERE Hash = ?", device.id, hash);
  return { account: accountOf(account), device: added, repeated: false };
}

/** Returns the rows of an account's devices, the oldest first. */
export function* devicesOf(clientId: ClientId): Work<readonly DeviceRow[]> {
  return yield* all<DeviceRow>("SELECT * FROM devices WHERE ID = ? ORDER BY rowid", clientId);
}

function* deviceWithKey(
  clientId: ClientId,
  key: Uint8Array,
): Work<DeviceRow | undefined> {
  const select = "SELECT * FROM devices WHERE ID = ? AND PublicKey = ?";
  return yield* get<DeviceRow>(select, clientId, key);
}

function* insertDevice(
  { clientId, device, date }: {
    readonly clientId: ClientId;
    readonly device: NewDevice;
    readonly date: string;
  },
): Work<Admitted["device"]> {
  const { id, publicKey, label } = device;
  yield* run(
    "INSERT INTO devices (DeviceID, ID, PublicKey, Label, AddedAt) VALUES (?, ?, ?, ?, ?)",
    ...[id, clientId, publicKey, label, date],
  );
  return { id, clientId, publicKey, label, addedAt: new Date(date) };
}
