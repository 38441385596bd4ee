import { type ClientId, sameBytes } from "../../../../shared/wire/client_id.ts";
import {
  type Admitted,
  type DeviceRefusal,
  type Invitation,
  MOST_DEVICES,
  type NewDevice,
  type RefusedInvitation,
  type Registration,
} from "../../accounts.ts";
import type { Statements } from "../statements.ts";
import { withdrawClaim } from "../withdraw_claim.ts";
import {
  accountOf,
  type AccountRow,
  deviceOf,
  type DeviceRow,
  invitationOf,
  type InvitationRow,
  type OfferRow,
} from "./account_rows.ts";

/** Selects an account by its id. */
export const ACCOUNT = "SELECT * FROM clients WHERE Protocol = 4 AND ID = ?";
/** Selects an account by its name. */
export const ACCOUNT_NAMED = "SELECT * FROM clients WHERE Protocol = 4 AND Name = ?";
/** What a row of `clients` has as the revision of an account: it has none. */
const NO_REVISION = "";

/** As `Accounts.register()`, within a transaction. */
export function register(
  sql: Statements,
  { id, name, device, invitation, claimTime }: Registration,
  now: Date,
): Admitted | "name-taken" | RefusedInvitation {
  const known = sql.get<AccountRow>(ACCOUNT_NAMED, name);
  const own = known && deviceWithKey(sql, known.ID, device.publicKey);
  if (known && own) return { account: accountOf(known), device: deviceOf(own), repeated: true };
  const invited = invitation && acceptInvitation(sql, { hash: invitation, name, now });
  if (typeof invited === "string") return invited;
  if (claimTime !== undefined) withdrawClaim(sql, name, { claimTime, now });
  if (sql.get("SELECT 1 FROM clients WHERE Name = ?", name)) return "name-taken";
  const date = now.toISOString();
  sql.run(
    "INSERT INTO clients (ID, Name, LastSeen, Revision, Protocol, Quota, RegisteredAt)" +
      " VALUES (?, ?, ?, ?, 4, ?, ?)",
    ...[id, name, date, NO_REVISION, invited?.quota ?? null, date],
  );
  if (invitation !== undefined) {
    sql.run("UPDATE invitations SET UsedBy = ? WHERE Hash = ?", id, invitation);
  }
  const row = insertDevice(sql, { clientId: id, device, date });
  const quota = invited?.quota;
  const account = { id, name, registeredAt: now, ...(quota === undefined ? {} : { quota }) };
  return { account, device: row, repeated: false };
}

/** Returns an invitation that may be used for a name, or what refuses it. */
export function acceptInvitation(
  sql: Statements,
  { hash, name, now }: { readonly hash: Uint8Array; readonly name: string; readonly now: Date },
): Invitation | RefusedInvitation {
  const row = sql.get<InvitationRow>("SELECT * FROM invitations WHERE Hash = ?", hash);
  if (row === undefined) return "invitation-unknown";
  if (row.UsedBy !== null) return "invitation-used";
  if (row.Expires <= now.toISOString()) return "invitation-expired";
  if (row.Name !== null && row.Name !== name) return "invitation-for-another-name";
  return invitationOf(row);
}

/** As `Accounts.addDevice()`, within a transaction. */
export function addDevice(
  sql: Statements,
  { hash, device, now }: {
    readonly hash: Uint8Array;
    readonly device: NewDevice;
    readonly now: Date;
  },
): Admitted | Exclude<RefusedInvitation, "invitation-for-another-name"> | DeviceRefusal {
  const offer = sql.get<OfferRow>("SELECT * FROM device_offers WHERE Hash = ?", hash);
  const account = offer && sql.get<AccountRow>(ACCOUNT, offer.ID);
  if (offer === undefined || account === undefined) return "invitation-unknown";
  const known = deviceWithKey(sql, offer.ID, device.publicKey);
  if (offer.UsedBy !== null) {
    if (known === undefined || !sameBytes(known.DeviceID, offer.UsedBy)) return "invitation-used";
    return { account: accountOf(account), device: deviceOf(known), repeated: true };
  }
  const date = now.toISOString();
  if (offer.Expires <= date) return "invitation-expired";
  if (known !== undefined) return "device-known";
  if (devicesOf(sql, offer.ID).length >= MOST_DEVICES) return "too-many-devices";
  const added = insertDevice(sql, { clientId: offer.ID, device, date });
  sql.run("UPDATE device_offers SET UsedBy = ? WHERE Hash = ?", device.id, hash);
  return { account: accountOf(account), device: added, repeated: false };
}

/** Returns the rows of an account's devices, the oldest first. */
export function devicesOf(sql: Statements, clientId: ClientId): readonly DeviceRow[] {
  return sql.all<DeviceRow>("SELECT * FROM devices WHERE ID = ? ORDER BY rowid", clientId);
}

function deviceWithKey(
  sql: Statements,
  clientId: ClientId,
  key: Uint8Array,
): DeviceRow | undefined {
  const select = "SELECT * FROM devices WHERE ID = ? AND PublicKey = ?";
  return sql.get<DeviceRow>(select, clientId, key);
}

function insertDevice(
  sql: Statements,
  { clientId, device, date }: {
    readonly clientId: ClientId;
    readonly device: NewDevice;
    readonly date: string;
  },
): Admitted["device"] {
  const { id, publicKey, label } = device;
  sql.run(
    "INSERT INTO devices (DeviceID, ID, PublicKey, Label, AddedAt) VALUES (?, ?, ?, ?, ?)",
    ...[id, clientId, publicKey, label, date],
  );
  return { id, clientId, publicKey, label, addedAt: new Date(date) };
}
