import { type DatabaseAddress, parseDatabaseAddress } from "./database_address.ts";
import { type DatabaseTimes, databaseTimes } from "./database_times.ts";

/** How a PostgreSQL is reached, as the settings of a command say. */
export interface DatabaseAccess {
  /** Another address of the database, which passes a pooler by. */
  readonly databaseDirect?: string | undefined;
  /** Undefined where the database lets its user in without one. */
  readonly password?: string | undefined;
  /** As `databaseTimes()` takes it. */
  readonly databaseTimeout?: number | undefined;
}

/** How a PostgreSQL is reached, with all that its settings leave out. */
export interface ReadAccess {
  readonly address: DatabaseAddress;
  readonly direct: DatabaseAddress | undefined;
  readonly password: string | undefined;
  readonly times: DatabaseTimes;
}

/** Reads the settings. Throws a `StorageError`, as `parseDatabaseAddress()` does. */
export function readAccess(
  { database, databaseDirect, password, databaseTimeout }:
    & DatabaseAccess
    & { readonly database: string },
): ReadAccess {
  return {
    address: parseDatabaseAddress(database),
    direct: databaseDirect === undefined ? undefined : parseDatabaseAddress(databaseDirect),
    password,
    times: databaseTimes(databaseTimeout),
  };
}
