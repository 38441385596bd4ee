import type { NameClaim } from "../catalog.ts";
import type { Statements } from "./statements.ts";

/**
 * Removes the client of protocol 3 with this name if it was never given a key and its claim has
 * expired, within a transaction. An account has its keys elsewhere, and stays.
 */
export function withdrawClaim(
  sql: Statements,
  name: string,
  { claimTime, abandoned, now }: NameClaim & { readonly now: Date },
): void {
  const registeredBy = new Date(now.getTime() - claimTime).toISOString();
  sql.run(
    "DELETE FROM clients WHERE Name = ? AND Protocol = 3 AND PublicKey IS NULL" +
      " AND AESKey IS NULL AND (LastSeen <= ? OR ID = ?)",
    ...[name, registeredBy, abandoned ?? null],
  );
}
