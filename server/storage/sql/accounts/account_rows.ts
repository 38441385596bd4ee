import type { ClientId } from "../../../../shared/wire/client_id.ts";
import type {
  Account,
  Device,
  DeviceId,
  Invitation,
  Scope,
  TokenId,
  TokenRecord,
} from "../../trees/accounts.ts";

/** A row of the table `clients` that is an account. */
export interface AccountRow {
  readonly ID: ClientId;
  readonly Name: string;
  readonly Quota: number | null;
  readonly RegisteredAt: string;
}

/** A row of the table `devices`. */
export interface DeviceRow {
  readonly DeviceID: DeviceId;
  readonly ID: ClientId;
  readonly PublicKey: Uint8Array;
  readonly Label: string;
  readonly AddedAt: string;
  readonly LastUsed: string | null;
}

/** A row of the table `tokens`. */
export interface TokenRow {
  readonly Hash: Uint8Array;
  readonly TokenID: TokenId;
  readonly ID: ClientId;
  readonly DeviceID: DeviceId;
  readonly Scope: Scope;
  readonly IssuedAt: string;
  readonly Expires: string;
  readonly Revoked: number;
}

/** A row of the table `invitations`. */
export interface InvitationRow {
  readonly Hash: Uint8Array;
  readonly Name: string | null;
  readonly Quota: number | null;
  readonly Expires: string;
  readonly UsedBy: ClientId | null;
}

/** A row of the table `device_offers`. */
export interface OfferRow {
  readonly Hash: Uint8Array;
  readonly ID: ClientId;
  readonly Expires: string;
  /** The id of the device that was added. */
  readonly UsedBy: DeviceId | null;
}

/** Converts a row of `clients`. */
export function accountOf(row: AccountRow): Account {
  return {
    id: row.ID,
    name: row.Name,
    registeredAt: new Date(row.RegisteredAt),
    ...(row.Quota === null ? {} : { quota: row.Quota }),
  };
}

/** Converts a row of `devices`. */
export function deviceOf(row: DeviceRow): Device {
  return {
    id: row.DeviceID,
    clientId: row.ID,
    publicKey: row.PublicKey,
    label: row.Label,
    addedAt: new Date(row.AddedAt),
    ...(row.LastUsed === null ? {} : { lastUsed: new Date(row.LastUsed) }),
  };
}

/** Converts a row of `tokens`. */
export function tokenOf(row: TokenRow): TokenRecord {
  return {
    id: row.TokenID,
    hash: row.Hash,
    clientId: row.ID,
    deviceId: row.DeviceID,
    scope: row.Scope,
    issuedAt: new Date(row.IssuedAt),
    expires: new Date(row.Expires),
  };
}

/** Converts a row of `invitations`. */
export function invitationOf(row: InvitationRow): Invitation {
  return {
    hash: row.Hash,
    expires: new Date(row.Expires),
    ...(row.Name === null ? {} : { name: row.Name }),
    ...(row.Quota === null ? {} : { quota: row.Quota }),
    ...(row.UsedBy === null ? {} : { usedBy: row.UsedBy }),
  };
}
