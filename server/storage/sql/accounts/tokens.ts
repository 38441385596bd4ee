import type { ClientId } from "../../../../shared/wire/client_id.ts";
import {
  type DeviceId,
  MOST_TOKENS,
  type NewToken,
  type PresentedToken,
  type TokenId,
  type TokenRecord,
} from "../../trees/accounts.ts";
import { StorageError } from "../../storage_error.ts";
import { tokenOf, type TokenRow } from "./account_rows.ts";
import { all, get, run, type Work } from "../work.ts";

/** Milliseconds for which a token that holds no more is known. */
const KNOWN_FOR = 7 * 24 * 3_600_000;

/** As `Accounts.issueToken()`, within a transaction. */
export function* issueToken(token: NewToken, now: Date): Work<TokenRecord> {
  const { id, hash, clientId, deviceId, scope, expires } = token;
  const date = now.toISOString();
  yield* run("DELETE FROM tokens WHERE ForgetAt <= ?", date);
  const used = yield* run(
    "UPDATE devices SET LastUsed = ? WHERE ID = ? AND DeviceID = ?",
    ...[date, clientId, deviceId],
  );
  if (used === 0) throw new StorageError("unknown-client", "The account has no such device");
  yield* run("UPDATE clients SET LastSeen = ? WHERE ID = ?", date, clientId);
  const oldest = yield* all<TokenRow>(
    `${HOLDING} ORDER BY Expires DESC LIMIT 1000000000 OFFSET ?`,
    ...[clientId, date, MOST_TOKENS - 1],
  );
  for (const row of oldest) yield* revoke({ clientId, tokenId: row.TokenID, now });
  yield* run(
    "INSERT INTO tokens (Hash, TokenID, ID, DeviceID, Scope, IssuedAt, Expires, ForgetAt)" +
      " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    ...[hash, id, clientId, deviceId, scope, date, expires.toISOString()],
    later(expires).toISOString(),
  );
  return { ...token, issuedAt: now };
}

/** As `Accounts.token()`. */
export function* presentedToken(
  hash: Uint8Array,
  now: Date,
): Work<PresentedToken | undefined> {
  const row = yield* get<TokenRow & { readonly ForgetAt: string }>(
    "SELECT * FROM tokens WHERE Hash = ?",
    hash,
  );
  if (row === undefined || row.ForgetAt <= now.toISOString()) return undefined;
  const token = tokenOf(row);
  const state = row.Revoked === 1 ? "revoked" : token.expires <= now ? "expired" : "valid";
  return { ...token, state };
}

/** As `Accounts.tokens()`. */
export function* tokensThatHold(
  clientId: ClientId,
  now: Date,
): Work<readonly TokenRecord[]> {
  const newest = `${HOLDING} ORDER BY IssuedAt DESC, rowid DESC`;
  return (yield* all<TokenRow>(newest, clientId, now.toISOString())).map(tokenOf);
}

const HOLDING = "SELECT * FROM tokens WHERE ID = ? AND Revoked = 0 AND Expires > ?";

/** Revokes a token that holds, within a transaction. Returns whether it did. */
export function* revoke(
  { clientId, tokenId, now }: {
    readonly clientId: ClientId;
    readonly tokenId: TokenId;
    readonly now: Date;
  },
): Work<boolean> {
  const revoked = yield* run(
    "UPDATE tokens SET Revoked = 1, ForgetAt = ?" +
      " WHERE ID = ? AND TokenID = ? AND Revoked = 0 AND Expires > ?",
    ...[later(now).toISOString(), clientId, tokenId, now.toISOString()],
  );
  return revoked === 1;
}

/** Revokes all tokens of a device, within a transaction. */
export function* revokeDevice(
  { clientId, deviceId, now }: {
    readonly clientId: ClientId;
    readonly deviceId: DeviceId;
    readonly now: Date;
  },
): Work<void> {
  yield* run(
    "UPDATE tokens SET Revoked = 1, ForgetAt = ? WHERE ID = ? AND Revoked = 0 AND DeviceID = ?",
    ...[later(now).toISOString(), clientId, deviceId],
  );
}

function later(date: Date): Date {
  return new Date(date.getTime() + KNOWN_FOR);
}
