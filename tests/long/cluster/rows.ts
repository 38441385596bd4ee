import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { UPLOAD_TIME } from "../../../server/storage/open_storage.ts";
import { parseDatabaseAddress } from "../../../server/storage/postgres/database_address.ts";
import {
  openPostgres,
  type OpenPostgresOptions,
  type PostgresRows,
} from "../../../server/storage/postgres/open_postgres.ts";

/** Opens what a PostgreSQL keeps for a server, as that does. */
export async function openRows(
  url: string,
  options: Partial<OpenPostgresOptions> = {},
): Promise<PostgresRows> {
  const address = parseDatabaseAddress(url);
  return await openPostgres({
    ...{ address, clock: SYSTEM_CLOCK, uploadTime: UPLOAD_TIME },
    ...options,
  });
}
