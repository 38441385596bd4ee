import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { parseDatabaseAddress } from "../../../server/storage/access/database_address.ts";
import {
  type DatabaseTimes,
  databaseTimes,
} from "../../../server/storage/access/database_times.ts";
import { UPLOAD_TIME } from "../../../server/storage/open_trees.ts";
import {
  type OpenPostgres,
  openPostgres,
  type OpenPostgresOptions,
} from "../../../server/storage/postgres/open_postgres.ts";
import { SqlKeyedVersions } from "../../../server/storage/sql/sql_keyed_versions.ts";
import { SqlAccounts } from "../../../server/storage/sql/accounts/sql_accounts.ts";
import { SqlContentRows } from "../../../server/storage/sql/sql_content_rows.ts";
import { SqlTree } from "../../../server/storage/sql/entries/sql_tree.ts";
import { SqlUploadRows } from "../../../server/storage/sql/uploads/sql_upload_rows.ts";

/** What a PostgreSQL keeps of a storage: all but contents that are not small. */
export interface PostgresRows extends OpenPostgres {
  readonly accounts: SqlAccounts;
  readonly tree: SqlTree;
  readonly contentRows: SqlContentRows;
  readonly uploadRows: SqlUploadRows;
  readonly versions: SqlKeyedVersions;
}

/** The usual limits of waits, but for how long a database that does not answer is tried again. */
export function withRetryTime(retryTime: number): DatabaseTimes {
  return { ...databaseTimes(), retryTime };
}

/** Opens what a PostgreSQL keeps for a server, as that does. */
export async function openRows(
  url: string,
  options: Partial<OpenPostgresOptions> = {},
): Promise<PostgresRows> {
  const address = parseDatabaseAddress(url);
  const open = await openPostgres({ address, clock: SYSTEM_CLOCK, ...options });
  const { database, run, ended, dates: clock } = open;
  return {
    ...open,
    accounts: new SqlAccounts(database, { clock }),
    tree: new SqlTree(database, { clock }),
    contentRows: new SqlContentRows(database, { clock, run, ended }),
    uploadRows: new SqlUploadRows(database, { clock, run, uploadTime: UPLOAD_TIME }),
    versions: new SqlKeyedVersions(database, clock),
  };
}
