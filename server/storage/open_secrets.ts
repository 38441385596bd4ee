import type { Clock } from "../../shared/clock.ts";
import { type DatabaseAccess, readAccess } from "./database_access.ts";
import type { SharedSecrets } from "./shared_secrets.ts";

/**
 * Opens what the servers of a PostgreSQL share. Rejects with a `StorageError` that says
 * what to do.
 */
export async function openSecrets(
  { clock, ...access }: DatabaseAccess & { readonly database: string; readonly clock: Clock },
): Promise<AsyncDisposable & { readonly shared: SharedSecrets }> {
  const postgres = await import("./postgres/open_secrets.ts");
  return await postgres.openSecrets({ clock, ...readAccess(access) });
}
