import type { NameClaim } from "../catalog.ts";
import { run, type Work } from "./work.ts";

/**
 * Removes the client of protocol 3 with this name if it was never given a key and its claim has
 * expired, within a transaction. An account has its keys elsewhere, and stays.
 */
export function* withdrawClaim(
  name: string,
  { claimTime, abandoned, now }: NameClaim & { readonly now: Date },
): Work<void> {
  const registeredBy = new Date(now.getTime() - claimTime).toISOString();
  yield* run(
    "DELETE FROM clients WHERE Name = ? AND Protocol = 3 AND PublicKey IS NULL" +
      " AND AESKey IS NULL AND (LastSeen <= ? OR ID = ?)",
    ...[name, registeredBy, abandoned ?? null],
  );
}
