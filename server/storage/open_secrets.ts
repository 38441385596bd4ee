import type { Clock } from "../../shared/clock.ts";
import type { Accounts } from "./trees/accounts.ts";
import { type DatabaseAccess, readAccess } from "./access/database_access.ts";
import type { SharedSecrets } from "./shared_secrets.ts";

/** What the servers of a database share, for a command beside them. */
export interface OpenSecrets extends AsyncDisposable {
  readonly shared: SharedSecrets;
  readonly accounts: Pick<Accounts, "invite" | "withdraw">;
}

/**
 * Opens what the servers of a PostgreSQL share. Rejects with a `StorageError` that says
 * what to do.
 */
export async function openSecrets(
  { clock, ...access }: DatabaseAccess & { readonly database: string; readonly clock: Clock },
): Promise<OpenSecrets> {
  const postgres = await import("./postgres/upkeep/open_secrets.ts");
  return await postgres.openSecrets({ clock, ...readAccess(access) });
}
