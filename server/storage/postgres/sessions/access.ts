import type { Clock } from "../../../../shared/clock.ts";
import { messageOf } from "../../../../shared/text/quoted.ts";
import { type DatabaseAddress, shownAddress } from "../../access/database_address.ts";
import { type DatabaseTimes, databaseTimes } from "../../access/database_times.ts";
import { StorageError } from "../../storage_error.ts";
import { Session } from "./session.ts";

/** What has to be known to reach a PostgreSQL. */
export interface PostgresAccess {
  readonly address: DatabaseAddress;
  /** Another address of it, which passes a pooler by that is at the first one. Default: none. */
  readonly direct?: DatabaseAddress | undefined;
  /** Undefined where the database lets its user in without one. */
  readonly password?: string | undefined;
  readonly clock: Clock;
  /** The limits of all waits. Default: `databaseTimes()`. */
  readonly times?: DatabaseTimes;
}

/** How a PostgreSQL is reached. */
export interface PostgresReach {
  /** Opens a session for transactions. Rejects with a `StorageError`. */
  readonly connect: () => Promise<Session>;
  /** Opens a session that keeps what it has locked. Rejects likewise. */
  readonly connectDirect: () => Promise<Session>;
  /** The address for transactions as it may be shown. */
  readonly shown: string;
  /** That of the sessions of `connectDirect()`. */
  readonly shownDirect: string;
  readonly times: DatabaseTimes;
}

/** Reads what is needed to connect. Rejects with a `StorageError` if that is not there. */
export async function reachOf(access: PostgresAccess): Promise<PostgresReach> {
  const { address, direct, password, clock, times = databaseTimes() } = access;
  const to = async (address: DatabaseAddress, isPooled: boolean) => {
    const authorities = await readAuthorities(address);
    return () => Session.open({ address, password, authorities, clock, times, isPooled });
  };
  return {
    connect: await to(address, direct !== undefined),
    connectDirect: await to(direct ?? address, false),
    shown: shownAddress(address),
    shownDirect: shownAddress(direct ?? address),
    times,
  };
}

/** Reads the certificates that an address names, in PEM. Throws a `StorageError`. */
async function readAuthorities(
  { authorities }: DatabaseAddress,
): Promise<string | undefined> {
  if (authorities === undefined) return undefined;
  try {
    return await Deno.readTextFile(authorities);
  } catch (error) {
    const path = JSON.stringify(authorities);
    throw new StorageError(
      "database-address",
      `Could not read the certificates of sslrootcert, ${path}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
