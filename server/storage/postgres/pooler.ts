import { StorageError } from "../storage_error.ts";
import type { Session } from "./session.ts";

/** How often the first connection is asked which session it has. */
const LOOKS = 3;

/**
 * Throws a `StorageError`, `database-pooled`, if something between gives each transaction another
 * session: locks that a session holds, which tell living servers from dead ones, would not be this
 * server's. Such a pooler gives a session that is not used to another connection, and what had it
 * gets another one then.
 */
export async function refusePooler(
  session: Session,
  { connect, shown }: {
    readonly connect: () => Promise<Session>;
    readonly shown: string;
  },
): Promise<void> {
  const before = await sessionOf(session);
  await using other = await connect();
  await other.query("BEGIN");
  const others = await sessionOf(other);
  const seen = new Set([before]);
  for (let look = 0; look < LOOKS; look++) seen.add(await sessionOf(session));
  await other.query("COMMIT");
  if (seen.size === 1 && others !== before) return;
  throw new StorageError(
    "database-pooled",
    `Between this server and ${shown} is a pooler that gives each transaction another session: ` +
      "name the database itself with --database, or have the pooler keep sessions " +
      "(pool_mode = session)",
  );
}

async function sessionOf(session: Session): Promise<number> {
  const { rows: [row] } = await session.query("SELECT pg_backend_pid() AS Session");
  return (row as { readonly Session: number }).Session;
}
