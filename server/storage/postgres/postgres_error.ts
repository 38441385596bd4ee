import { messageOf } from "../../../shared/text/quoted.ts";
import { StorageError, type StorageReason } from "../storage_error.ts";

/** Reasons and advice by the first characters of an SQLSTATE; the longer ones come first. */
const REASONS: readonly (readonly [state: string, reason: StorageReason, advice: string])[] = [
  ["23503", "unknown-client", "register the client first"],
  ["23", "database-failed", "this is a fault of the program, please report it"],
  ["22021", "values-refused", "a text has a character that the database cannot keep"],
  ["28", "database-refused", "look at its user, its password and pg_hba.conf"],
  ["3D000", "database-refused", "create it, or name another one with --database"],
  ["42501", "database-refused", "let its user create and change tables"],
  ["25006", "database-not-writable", "name the primary, not a standby that only reads"],
  ["53100", "disk-full", "make room on its disk"],
  ["53200", "out-of-memory", "give it more memory"],
  ["53300", "database-busy", "permit more connections (max_connections)"],
  ["55P03", "database-busy", "another server has been changing the same for long"],
  ["57014", "database-busy", "a statement took too long"],
  ["40", "database-busy", "servers waited for each other; try again"],
  ["57P", "database-unreachable", "see whether it runs"],
  ["08", "database-unreachable", "see whether it runs"],
];

/** What the connection says when it breaks: by Node's code, or by that of the driver. */
const BROKEN = /^(?:CONNECT|E[A-Z]+$)/;

/** An error that the server itself has sent. */
interface ServerError extends Error {
  /** SQLSTATE, five characters. */
  readonly code: string;
}

/** Whether the database has said so itself, so that its connection still holds. */
export function isServerError(error: unknown): error is ServerError {
  return error instanceof Error && error.name === "PostgresError";
}

/** Whether the same may succeed if it is begun again: two servers waited for each other. */
export function isCollision(error: unknown): boolean {
  return isServerError(error) && /^40(?:001|P01)$/.test(error.code);
}

/** Whether the database did not answer, so that it may later. */
export function isUnreachable(error: unknown): error is StorageError {
  return error instanceof StorageError && error.reason === "database-unreachable";
}

/** An error: something gives each transaction another session. */
export function pooledError(shown: string, cause?: unknown): StorageError {
  return new StorageError(
    "database-pooled",
    `Between this server and ${shown} is a pooler that gives each transaction another session: ` +
      "name the database itself with --database-direct, or have the pooler keep sessions " +
      "(pool_mode = session)",
    { cause },
  );
}

/** Converts an error about a database, by how it is shown. Returns a `StorageError` unchanged. */
export function postgresError(error: unknown, shown: string): StorageError {
  if (error instanceof StorageError) return error;
  const text = JSON.stringify(messageOf(error));
  if (isServerError(error)) {
    // PostgreSQL knows all that is asked of it at the start; PgBouncer hardly any.
    if (/unsupported startup parameter/.test(error.message)) return pooledError(shown, error);
    const known = REASONS.find(([state]) => error.code.startsWith(state));
    const [, reason, advice] = known ?? ["", "database-failed" as const, "see what it says"];
    const message = `The database ${shown} failed with ${text} (${error.code}): ${advice}`;
    return new StorageError(reason, message, { cause: error });
  }
  const [reason, advice] = isUntrusted(error)
    ? [
      "database-untrusted" as const,
      "see that it is for this name, and that sslrootcert names its authority",
    ]
    : isBroken(error)
    ? ["database-unreachable" as const, "see that it runs, and that nothing is in between"]
    : ["database-failed" as const, "this is a fault of the program, please report it"];
  return new StorageError(reason, `The database ${shown}: ${text}: ${advice}`, { cause: error });
}

/** An error: a connection was lost, or could not be made in time. */
export function unreachable(shown: string, what: string, cause?: unknown): StorageError {
  const message = `The database ${shown} ${what}: see that it runs, and that nothing is in between`;
  return new StorageError("database-unreachable", message, { cause });
}

function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (/closes connections/.test(error.message)) return true;
  return "code" in error && BROKEN.test(String(error.code)) || error instanceof AggregateError;
}

/** Deno's TLS says it in words alone. */
function isUntrusted(error: unknown): boolean {
  return /certificate|UnknownIssuer|NotValidForName|self.signed/i.test(messageOf(error));
}
