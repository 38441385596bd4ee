import { connect as connectTo, isIP, type Socket } from "node:net";

import postgres from "postgres";

import type { Clock } from "../../../../shared/clock.ts";
import type { DatabaseAddress } from "../../access/database_address.ts";
import type { DatabaseTimes } from "../../access/database_times.ts";

/** A number of 64 bits and bytes, as they are read. */
export type Types = { readonly bigint: number; readonly bytea: Uint8Array };

export interface DriverOptions {
  readonly clock: Pick<Clock, "after">;
  readonly address: DatabaseAddress;
  /** Undefined where the database lets its user in without one. */
  readonly password: string | undefined;
  /** Certificates of authorities, in PEM. Undefined for those of the runtime. */
  readonly authorities: string | undefined;
  readonly times: Pick<DatabaseTimes, "connect" | "statement" | "answer">;
  /**
   * Whether each transaction may get another session: nothing that is set at the start is kept
   * then, and no statement that was prepared is found again.
   */
  readonly isPooled: boolean;
}

/** The driver, for one connection. */
export interface Driver {
  readonly sql: postgres.Sql<Types>;
  /** Ends the connection in good order, within a second. */
  readonly end: () => Promise<void>;
  /** Ends the connection at once, and everything that waits for it. */
  readonly destroy: () => Promise<void>;
}

/**
 * Returns the driver, which connects once, when it is first asked for something. It reads no
 * variable of the process, since it is given all that it would look for there. `onClose` is called
 * when the connection has ended.
 */
export function driver(options: DriverOptions, onClose: () => void): Driver {
  const { address: { host, port }, clock, times } = options;
  const destroyed = new AbortController();
  let connected = false;
  const socket = async () => {
    // Without it, the driver would connect again and again where something in between closes its
    // connections.
    if (connected) throw new Error("It closes connections as they begin");
    connected = true;
    const { signal } = destroyed;
    signal.throwIfAborted();
    return await connectedSocket({ host, port, clock, limit: times.connect, signal });
  };
  const sql = postgres({ ...driverOptions(options, socket), onclose: onClose });
  // The driver lets the other end close its connection, which one that is silent does not do.
  const end = (seconds: number) => sql.end({ timeout: seconds }).finally(() => destroyed.abort());
  return { sql, end: () => end(1), destroy: () => end(0) };
}

function driverOptions(
  { address, password, authorities, isPooled, times: { connect, statement } }: DriverOptions,
  socket: () => Promise<Socket>,
): postgres.Options<{ bigint: postgres.PostgresType; bytea: postgres.PostgresType }> {
  const { host, port, database, user, tls } = address;
  const options: postgres.Options<
    { bigint: postgres.PostgresType; bytea: postgres.PostgresType }
  > = {
    host,
    port,
    database,
    username: user,
    // Without any, the driver would look for a variable.
    password: password ?? "none",
    ssl: tls === "disable" ? false : {
      host,
      // Node permits no address there; it compares the certificate with `host` then.
      servername: isIP(host) === 0 ? host : undefined,
      rejectUnauthorized: true,
      ...(authorities !== undefined && { ca: authorities }),
    },
    max: 1,
    connect_timeout: connect / 1_000,
    idle_timeout: 0,
    max_lifetime: null,
    keep_alive: 30,
    backoff: false,
    debug: false,
    prepare: !isPooled,
    fetch_types: false,
    publications: "alltables",
    target_session_attrs: "read-write",
    onnotice: () => {},
    types: {
      // Sizes and numbers of rows are below 2^53.
      bigint: { to: 20, from: [20], parse: Number, serialize: String },
      bytea: {
        to: 17,
        from: [17],
        parse: (text: string) => Uint8Array.fromHex(text.slice(2)),
        serialize: (bytes: Uint8Array) => `\\x${bytes.toHex()}`,
      },
    },
    connection: {
      application_name: "sealpost",
      // A pooler refuses all others, unless it was told to ignore them.
      ...(isPooled ? {} : limitsOf(statement)),
    },
  };
  // The types of the driver do not know these; without the first two it would look for variables.
  return Object.assign(options, { sslnegotiation: null, max_pipeline: 100, socket });
}

/** The settings of a session by which the database ends what takes too long, in milliseconds. */
export function limitsOf(statement: number): Readonly<Record<string, number>> {
  return {
    statement_timeout: statement,
    lock_timeout: statement,
    idle_in_transaction_session_timeout: 2 * statement,
  };
}

/** Connects to an address, within a time. */
function connectedSocket(
  { host, port, clock, limit, signal }: {
    readonly host: string;
    readonly port: number;
    readonly clock: Pick<Clock, "after">;
    /** In milliseconds. */
    readonly limit: number;
    /** Ends it, whatever it does then. */
    readonly signal: AbortSignal;
  },
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connectTo({ host, port });
  const cancel = clock.after(limit, () => {
    socket.destroy(Object.assign(new Error("Connecting took too long"), { code: "ETIMEDOUT" }));
  });
  signal.addEventListener("abort", () => {
    socket.destroy();
    reject(new Error("The connection is not needed any more"));
  });
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.removeListener("error", reject);
    resolve(socket);
  });
  return promise.finally(cancel);
}
