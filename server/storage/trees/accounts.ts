/**
 * The interface of the store of accounts: clients that prove who they are by the keys of their
 * devices, their tokens, and how they got in. Every implementation runs the suite in
 * `tests/storage/suites/accounts_conformance.ts`.
 *
 * An account is a client of its own: it shares its name space with the clients of `Catalog`, and
 * nothing else. Ids of accounts are 16 bytes and never those of a client there.
 */

import type { ClientId } from "../../../shared/wire/client_id.ts";

/** Bytes in the id of a device, and in that of a token. */
export const ACCOUNT_ID_SIZE = 16;

declare const BRAND: unique symbol;

/**
 * The id of a device, 16 bytes. No other bytes can take its place; `deviceIdOf()` makes one of
 * bytes that are known to be one, and rows of the database have the type as they are.
 */
export type DeviceId = Uint8Array & { readonly [BRAND]: "DeviceId" };

/** The public id of a token, 16 bytes; likewise, by `tokenIdOf()`. */
export type TokenId = Uint8Array & { readonly [BRAND]: "TokenId" };

/** Takes 16 bytes for the id of a device, without a copy; throws a `RangeError` otherwise. */
export function deviceIdOf(bytes: Uint8Array): DeviceId {
  return expectSize(bytes) as DeviceId;
}

/** Takes 16 bytes for the id of a token, without a copy; throws a `RangeError` otherwise. */
export function tokenIdOf(bytes: Uint8Array): TokenId {
  return expectSize(bytes) as TokenId;
}

function expectSize(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength === ACCOUNT_ID_SIZE) return bytes;
  throw new RangeError(`An id has ${ACCOUNT_ID_SIZE} bytes, not ${bytes.byteLength}`);
}

/** An account. */
export interface Account {
  /** The id, 16 bytes. */
  readonly id: ClientId;
  /** The name it registered, unique among all clients; up to 254 bytes of text. */
  readonly name: string;
  /** The most bytes that it may store; undefined if only the limits of the server hold. */
  readonly quota?: number;
  readonly registeredAt: Date;
}

/** A computer of an account, with a key of its own. */
export interface Device {
  /** The id, unique among all devices. */
  readonly id: DeviceId;
  /** The account that it belongs to. */
  readonly clientId: ClientId;
  /** Its Ed25519 public key, 32 bytes; unique within the account. */
  readonly publicKey: Uint8Array;
  /** What its owner calls it: up to 254 bytes of text, may be empty. */
  readonly label: string;
  readonly addedAt: Date;
  /** When it last got a token. */
  readonly lastUsed?: Date;
}

/** A device that is to be added. */
export type NewDevice = Pick<Device, "id" | "publicKey" | "label">;

/** What a token permits. `drop`: to create files, but not to list, read or replace any. */
export type Scope = "read" | "write" | "drop";

/** A token as it is kept: never the token itself. */
export interface TokenRecord {
  /** Its public id, by which its owner names it. */
  readonly id: TokenId;
  /** SHA-256 of the token, 32 bytes. */
  readonly hash: Uint8Array;
  readonly clientId: ClientId;
  /** The device that asked for it. */
  readonly deviceId: DeviceId;
  readonly scope: Scope;
  readonly issuedAt: Date;
  readonly expires: Date;
}

/** A token that is presented, and whether it holds. */
export interface PresentedToken extends TokenRecord {
  /** `revoked`: by its owner, or because its device was removed. */
  readonly state: "valid" | "expired" | "revoked";
}

/** An invitation as it is kept. */
export interface Invitation {
  /** SHA-256 of its secret, 32 bytes: its key. */
  readonly hash: Uint8Array;
  /** The only name that it may be used for. Default: any. */
  readonly name?: string;
  /** The quota of the account that it makes, in bytes. Default: none. */
  readonly quota?: number;
  readonly expires: Date;
  /** The id of the account that has used it. */
  readonly usedBy?: ClientId;
}

/** Why an invitation or a one-time address is not accepted. */
export type RefusedInvitation =
  | "invitation-unknown"
  | "invitation-expired"
  | "invitation-used"
  | "invitation-for-another-name";

/** A registration. */
export interface Registration extends Pick<Account, "id" | "name"> {
  readonly device: NewDevice;
  /** SHA-256 of the secret of an invitation, which it uses up. Default: none is needed. */
  readonly invitation?: Uint8Array;
  /**
   * Milliseconds for which a name is reserved for a client of `Catalog` that was never given a key,
   * as in `NameClaim`. Default: for good.
   */
  readonly claimTime?: number;
}

/** An account with the device that was added to it. */
export interface Admitted {
  readonly account: Account;
  readonly device: Device;
  /** Whether the same was done before, and nothing was changed. */
  readonly repeated: boolean;
}

/** A token to be issued. `issuedAt` is the present. */
export type NewToken = Omit<TokenRecord, "issuedAt">;

/** The most devices of an account. */
export const MOST_DEVICES = 32;

/** The most tokens of an account that hold at a time. */
export const MOST_TOKENS = 256;

/**
 * Accounts with their devices, tokens and invitations. Once a promise resolves, its change is
 * synced to disk. If it rejects, nothing was changed, unless the disk failed. All errors are a
 * `StorageError`; what a caller has to tell apart in its answer is a result.
 */
export interface Accounts {
  /**
   * Adds an account with its first device, and uses up the invitation in the same transaction.
   * Repeated with the same name and key, it returns the account as it is, whatever has become of
   * the invitation.
   */
  register(registration: Registration): Promise<Admitted | "name-taken" | RefusedInvitation>;
  /** Returns the account with this id (16 bytes), or undefined if there is none. */
  account(id: ClientId): Promise<Account | undefined>;
  /** Returns the account with this name, or undefined if there is none. */
  accountNamed(name: string): Promise<Account | undefined>;

  /** Returns the devices of an account, the oldest first: at most `MOST_DEVICES`. */
  devices(clientId: ClientId): Promise<readonly Device[]>;
  /**
   * Keeps a one-time address, by which one device may be added to an account until `expires`.
   * `hash` is SHA-256 of its secret. Throws `unknown-client`.
   */
  offerDevice(
    offer: {
      readonly hash: Uint8Array;
      readonly clientId: ClientId;
      readonly expires: Date;
    },
  ): Promise<void>;
  /**
   * Adds a device to the account of a one-time address, which is used up in the same transaction.
   * Repeated with the same address and key, it returns the device as it is.
   */
  addDevice(
    hash: Uint8Array,
    device: NewDevice,
  ): Promise<Admitted | Exclude<RefusedInvitation, "invitation-for-another-name"> | DeviceRefusal>;
  /**
   * Removes a device; its tokens are revoked in the same transaction. The last device of an account
   * stays: without a key its client could not log in again.
   */
  removeDevice(
    clientId: ClientId,
    deviceId: DeviceId,
  ): Promise<"removed" | "device-unknown" | "last-device">;

  /**
   * Keeps a token, and notes that its device was used. If the account has `MOST_TOKENS` that hold,
   * the one that expires first is revoked. Throws `unknown-client` if the account has no such
   * device.
   */
  issueToken(token: NewToken): Promise<TokenRecord>;
  /**
   * Returns the token with this SHA-256 (32 bytes). One that is revoked or expired is known for 7
   * days more; then, as for a token that never was, the result is undefined.
   */
  token(hash: Uint8Array): Promise<PresentedToken | undefined>;
  /** Returns the tokens of an account that hold, the newest first. */
  tokens(clientId: ClientId): Promise<readonly TokenRecord[]>;
  /** Revokes a token by its public id. Returns whether the account had it, and it was valid. */
  revokeToken(clientId: ClientId, tokenId: TokenId): Promise<boolean>;

  /** Keeps an invitation. One that is kept already stays as it is. */
  invite(invitation: Omit<Invitation, "usedBy">): Promise<void>;
  /** Removes an invitation that is not used. Returns whether there was one. */
  withdraw(hash: Uint8Array): Promise<boolean>;
  /**
   * Returns what would refuse an invitation for a name, or the invitation. Uses nothing up: for a
   * refusal before more work is done.
   */
  invitation(hash: Uint8Array, name: string): Promise<Invitation | RefusedInvitation>;
}

/** Why a device cannot be added to an account. */
export type DeviceRefusal =
  /** The account has `MOST_DEVICES`. */
  | "too-many-devices"
  /** The account has a device with this key. */
  | "device-known";
