import { StorageError } from "../storage_error.ts";

/** Where a PostgreSQL is, and how it is spoken to. */
export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /**
   * `verify-full`: by TLS, with a certificate for its name by an authority that is known.
   * `disable`: without TLS, which only a server on this machine is.
   */
  readonly tls: "verify-full" | "disable";
  /** The path of the certificates of authorities, in PEM. Default: those of the runtime. */
  readonly authorities?: string;
}

/** The port of PostgreSQL where an address has none. */
const PORT = 5_432;

/** What an address may say after `?`. */
const PARAMETERS: ReadonlySet<string> = new Set(["sslmode", "sslrootcert"]);

/** Whether the value of `--database` is an address of PostgreSQL, and no path. */
export function isPostgresAddress(database: string): boolean {
  return /^postgres(?:ql)?:\/\//.test(database);
}

/**
 * Reads an address, `postgres://user@host:port/database?sslmode=verify-full&sslrootcert=FILE`.
 * Throws a `StorageError`, `database-address`, that says what is wrong with it; a password in it is
 * wrong, and not repeated.
 */
export function parseDatabaseAddress(text: string): DatabaseAddress {
  const url = isPostgresAddress(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) {
    throw refused("is no address: write postgres://USER@HOST:PORT/DATABASE");
  }
  if (url.password !== "") {
    throw refused(
      "has a password in it, which others could see: give it by SEALPOST_DATABASE_PASSWORD or " +
        "--database-password-file",
    );
  }
  for (const name of url.searchParams.keys()) {
    if (!PARAMETERS.has(name)) {
      throw refused(`has ${JSON.stringify(name)}: only sslmode and sslrootcert are known`);
    }
  }
  const host = decodeURIComponent(url.hostname).replace(/^\[(.*)\]$/, "$1");
  const database = decodeURIComponent(url.pathname.slice(1));
  const user = decodeURIComponent(url.username);
  if (host === "" || database === "" || user === "" || database.includes("/")) {
    throw refused("lacks a part: write postgres://USER@HOST:PORT/DATABASE");
  }
  const authorities = url.searchParams.get("sslrootcert");
  return {
    host,
    port: url.port === "" ? PORT : Number(url.port),
    database,
    user,
    tls: tlsOf(url.searchParams.get("sslmode") ?? "verify-full", host),
    ...(authorities !== null && { authorities }),
  };
}

/** An address as it may be shown. */
export function shownAddress({ host, port, database }: DatabaseAddress): string {
  const shown = host.includes(":") ? `[${host}]` : host;
  return `postgres://${shown}:${port}/${database}`;
}

function tlsOf(mode: string, host: string): DatabaseAddress["tls"] {
  if (mode === "verify-full") return mode;
  if (mode !== "disable") {
    throw refused(
      `has sslmode=${mode}, which does not check whom it speaks to: write sslmode=verify-full`,
    );
  }
  if (isLoopback(host)) return mode;
  throw refused(
    `has sslmode=disable for ${JSON.stringify(host)}, and everything would be read on its way: ` +
      "only a database on this machine goes without TLS",
  );
}

function isLoopback(host: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(host) || host === "::1" || host === "localhost";
}

function refused(what: string): StorageError {
  return new StorageError("database-address", `The address of the database ${what}`);
}
