import type { Clock } from "../../../shared/clock.ts";
import { type DatabaseAddress, shownAddress } from "../database_address.ts";
import { type DatabaseTimes, databaseTimes } from "../database_times.ts";
import { readAuthorities } from "./authorities.ts";
import { Session } from "./session.ts";

/** What has to be known to reach a PostgreSQL. */
export interface PostgresAccess {
  readonly address: DatabaseAddress;
  /** Undefined where the database lets its user in without one. */
  readonly password?: string | undefined;
  readonly clock: Clock;
  /** The limits of all waits. Default: `databaseTimes()`. */
  readonly times?: DatabaseTimes;
}

/** How a PostgreSQL is reached. */
export interface PostgresReach {
  /** Opens a session. Rejects with a `StorageError`. */
  readonly connect: () => Promise<Session>;
  /** The address as it may be shown. */
  readonly shown: string;
  readonly times: DatabaseTimes;
}

/** Reads what is needed to connect. Rejects with a `StorageError` if that is not there. */
export async function reachOf(access: PostgresAccess): Promise<PostgresReach> {
  const { address, password, clock, times = databaseTimes() } = access;
  const authorities = await readAuthorities(address);
  return {
    connect: () => Session.open({ address, password, authorities, clock, times }),
    shown: shownAddress(address),
    times,
  };
}
