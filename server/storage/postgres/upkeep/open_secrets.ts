import type { SharedSecrets } from "../../shared_secrets.ts";
import { SqlAccounts } from "../../sql/accounts/sql_accounts.ts";
import { type PostgresAccess, reachOf } from "../sessions/access.ts";
import { databaseDate } from "../sessions/session.ts";
import { expectSchema } from "../schema/migrate.ts";
import { PostgresDatabase } from "../transactions/postgres_database.ts";
import { postgresError } from "../postgres_error.ts";
import { PostgresSecrets } from "../postgres_secrets.ts";

/**
 * Opens what the servers of a PostgreSQL share, beside them. Rejects with a `StorageError` if it
 * cannot be reached, or has the schema of another version.
 */
export async function openSecrets(
  access: PostgresAccess,
): Promise<AsyncDisposable & { readonly shared: SharedSecrets; readonly accounts: SqlAccounts }> {
  const { clock } = access;
  const { connectDirect: connect, shownDirect: shown, times } = await reachOf(access);
  let date: () => Date;
  try {
    await using session = await connect();
    await expectSchema(session, shown);
    date = await databaseDate(session, clock);
  } catch (error) {
    throw postgresError(error, shown);
  }
  const mayWrite = () => Promise.resolve();
  const database = new PostgresDatabase({ connect, clock, shown, times, mayWrite });
  return {
    shared: new PostgresSecrets(database, { date }),
    accounts: new SqlAccounts(database, { clock: { date } }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
