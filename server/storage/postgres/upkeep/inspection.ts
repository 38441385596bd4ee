import { type PostgresAccess, reachOf } from "../sessions/access.ts";
import { expectSessions } from "../pooler.ts";
import { postgresError } from "../postgres_error.ts";
import { databaseDate } from "../sessions/session.ts";
import { MIGRATIONS } from "../schema/migrations.ts";

/** What a PostgreSQL says of itself. */
export interface PostgresFacts {
  /** As `15.3`, and as the number that it compares. */
  readonly version: string;
  readonly versionNumber: number;
  /** Whether it only follows another one. */
  readonly isStandby: boolean;
  /** Whether it waits until the disk has what it writes, whatever is asked for. */
  readonly isSynced: boolean;
  /** Whether a commit is on the disk when it is confirmed, unless a server asks for that. */
  readonly commits: string;
  /** Milliseconds by which its clock is ahead of this machine's. */
  readonly ahead: number;
  /** The version of the schema; undefined if there is none yet. */
  readonly schema: number | undefined;
  /** The newest version that is known here. */
  readonly newest: number;
  /** Tables that its user may not read and change, or "CREATE" if it may make none. */
  readonly forbidden: readonly string[];
  /** Where its contents lie, as on record; undefined if it is bound to no bucket. */
  readonly place: string | undefined;
}

/** What is asked first. */
interface AboutRow {
  readonly Version: string;
  readonly Number: number;
  readonly Standby: boolean;
  readonly Syncs: boolean;
  readonly Commits: string;
  readonly Create: boolean;
  readonly Known: boolean;
}

/** Connects, and asks a PostgreSQL what it is. Changes nothing. Rejects with a `StorageError`. */
export async function inspectPostgres(
  access: PostgresAccess,
): Promise<PostgresFacts & { readonly pooled: () => Promise<void> } & AsyncDisposable> {
  const { clock } = access;
  const reach = await reachOf(access);
  const { connectDirect, shownDirect: shown } = reach;
  const session = await connectDirect();
  try {
    const row = async <T>(sql: string) => (await session.query(sql)).rows[0] as T;
    const about = await row<AboutRow>(
      "SELECT current_setting('server_version') AS Version," +
        " CAST(current_setting('server_version_num') AS integer) AS Number," +
        " pg_is_in_recovery() AS Standby," +
        " CAST(current_setting('fsync') AS boolean) AS Syncs, (SELECT reset_val FROM pg_settings" +
        " WHERE name = 'synchronous_commit') AS Commits," +
        " has_schema_privilege(current_schema(), 'CREATE') AS \"Create\"," +
        " to_regclass('schema_version') IS NOT NULL AS Known",
    );
    const date = await databaseDate(session, clock);
    const ahead = date().getTime() - clock.date().getTime();
    const schema = about.Known
      ? await row<{ readonly Version: number }>("SELECT Version FROM schema_version")
      : undefined;
    const hasPlace = (schema?.Version ?? 0) > 0;
    const place = hasPlace
      ? await row<{ readonly Place: string } | undefined>("SELECT Place FROM content_place")
      : undefined;
    const { rows: tables } = await session.query(
      "SELECT CAST(c.relname AS text) AS Name FROM pg_class c" +
        " WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(current_schema())" +
        " AND NOT (has_table_privilege(c.oid, 'SELECT') AND" +
        " has_table_privilege(c.oid, 'INSERT') AND" +
        " has_table_privilege(c.oid, 'UPDATE') AND" +
        " has_table_privilege(c.oid, 'DELETE'))",
    );
    return {
      version: about.Version,
      versionNumber: about.Number,
      isStandby: about.Standby,
      isSynced: about.Syncs,
      commits: about.Commits,
      ahead,
      schema: schema?.Version,
      newest: MIGRATIONS.length,
      forbidden: [
        ...(about.Create ? [] : ["CREATE"]),
        ...(tables as readonly { readonly Name: string }[]).map(({ Name }) => Name),
      ],
      place: place?.Place,
      pooled: async () => {
        try {
          await expectSessions(session, reach);
        } catch (error) {
          throw postgresError(error, shown);
        }
      },
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    };
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw postgresError(error, shown);
  }
}
