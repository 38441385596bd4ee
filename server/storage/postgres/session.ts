import { connect, isIP, type Socket } from "node:net";

import postgres from "postgres";

import type { Clock } from "../../../shared/clock.ts";
import type { SqlValue } from "../sql/work.ts";
import type { StorageError } from "../storage_error.ts";
import { type DatabaseAddress, shownAddress } from "../database_address.ts";
import { isServerError, postgresError, unreachable } from "./postgres_error.ts";
import { quotedSql } from "./quoted_sql.ts";

/**
 * Begins a transaction that changes rows. Each of its statements sees what others have committed
 * before, whatever is the default of the database: it waits for locks, and reads after that.
 */
export const BEGIN = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/** Milliseconds that a statement may take: the default. */
const STATEMENT_TIME = 30_000;

export interface SessionOptions {
  readonly clock: Pick<Clock, "after">;
  readonly address: DatabaseAddress;
  /** Undefined where the database lets its user in without one. */
  readonly password: string | undefined;
  /** Certificates of authorities, in PEM. Undefined for those of the runtime. */
  readonly authorities: string | undefined;
  /** Milliseconds until a connection has to stand. Default: 10,000. */
  readonly connectTime?: number;
  /** Milliseconds that a statement may take, its waits for others included. Default: 30,000. */
  readonly statementTime?: number;
  /**
   * Milliseconds without any answer to what is under way, after which the connection is given up.
   * Default: 15,000 more than a statement may take.
   */
  readonly answerTime?: number;
}

/** The result of a statement. */
export interface Result {
  readonly rows: readonly unknown[];
  /** The number of rows that it returned or changed. */
  readonly count: number;
}

/** A number of 64 bits and bytes, as they are read. */
type Types = { readonly bigint: number; readonly bytea: Uint8Array };

/**
 * One connection to PostgreSQL. When it breaks it is lost for good, and so is what it had locked:
 * nothing is sent over another one in its place. The driver reads no variable of the process, since
 * it is given all that it would look for there.
 */
export class Session implements AsyncDisposable {
  readonly #sql: postgres.Sql<Types>;
  readonly #reserved: postgres.ReservedSql<Types>;
  readonly #shown: string;
  readonly #clock: SessionOptions["clock"];
  readonly #answerTime: number;
  readonly #quoted = new Map<string, string>();
  readonly #whenLost = Promise.withResolvers<StorageError>();
  #lost: StorageError | undefined;
  /** Statements that have no answer yet. */
  #asked = 0;
  #cancelWait = () => {};

  private constructor(
    { sql, reserved, options }: {
      readonly sql: postgres.Sql<Types>;
      readonly reserved: postgres.ReservedSql<Types>;
      readonly options: SessionOptions;
    },
  ) {
    const { clock, statementTime = STATEMENT_TIME } = options;
    this.#sql = sql;
    this.#reserved = reserved;
    this.#shown = shownAddress(options.address);
    this.#clock = clock;
    this.#answerTime = options.answerTime ?? statementTime + 15_000;
  }

  /** Connects, and rejects with a `StorageError` if that fails. */
  static async open(options: SessionOptions): Promise<Session> {
    const shown = shownAddress(options.address);
    const isClosed = { told: () => {} };
    const sql = postgres({
      ...driverOptions(options),
      onclose: () => isClosed.told(),
    });
    try {
      // Before it is reserved: the driver forgets who waits to reserve its first connection. What
      // is promised has to be on the disk, whatever is the default of the database.
      await sql.unsafe(
        "SELECT set_config('synchronous_commit', 'on', false)" +
          " WHERE current_setting('synchronous_commit') = 'off'",
      );
      const session = new Session({ sql, reserved: await sql.reserve(), options });
      isClosed.told = () => session.lose(unreachable(shown, "has closed the connection"));
      return session;
    } catch (error) {
      await sql.end({ timeout: 0 });
      throw postgresError(error, shown);
    }
  }

  /** Why the connection was lost; undefined while it stands. */
  get lost(): StorageError | undefined {
    return this.#lost;
  }

  /** Resolves with the reason when the connection is lost. */
  get whenLost(): Promise<StorageError> {
    return this.#whenLost.promise;
  }

  /**
   * Runs a statement in the SQL of `sql/work.ts`. Several may be under way: they run one after the
   * other, in the order of the calls. Rejects with what the database says as it is, which leaves
   * the connection as it was, and with a `StorageError` if the connection is lost.
   */
  async query(sql: string, values: readonly SqlValue[] = []): Promise<Result> {
    return await this.#answered(async () => {
      const rows = await this.#reserved.unsafe(this.#quote(sql), [...values], { prepare: true });
      return { rows, count: rows.count };
    });
  }

  /** Runs statements without values, in one go. */
  async script(sql: string): Promise<void> {
    await this.#answered(() => this.#reserved.unsafe(quotedSql(sql)));
  }

  /** Gives the connection up. Returns the reason for which it was lost first. */
  lose(reason: StorageError): StorageError {
    if (this.#lost !== undefined) return this.#lost;
    this.#lost = reason;
    this.#cancelWait();
    this.#whenLost.resolve(reason);
    this.#sql.end({ timeout: 0 }).catch(() => {});
    return reason;
  }

  /** Closes the connection in good order, if it stands. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#lost !== undefined) return await this.#sql.end({ timeout: 0 });
    this.#lost = unreachable(this.#shown, "is not used any more");
    this.#whenLost.resolve(this.#lost);
    this.#reserved.release();
    await this.#sql.end({ timeout: 1 });
  }

  /** A database that a broken line hides would leave a statement without an answer for long. */
  async #answered<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    if (++this.#asked === 1) this.#wait();
    try {
      return await ask();
    } catch (error) {
      if (isServerError(error)) throw error;
      throw this.lose(postgresError(error, this.#shown));
    } finally {
      this.#cancelWait();
      if (--this.#asked > 0 && this.#lost === undefined) this.#wait();
    }
  }

  #wait(): void {
    this.#cancelWait = this.#clock.after(this.#answerTime, () => {
      this.lose(unreachable(this.#shown, "does not answer any more"));
    });
  }

  #quote(sql: string): string {
    const known = this.#quoted.get(sql);
    if (known !== undefined) return known;
    const quoted = quotedSql(sql);
    this.#quoted.set(sql, quoted);
    return quoted;
  }
}

function driverOptions(
  { address, password, authorities, clock, connectTime = 10_000, statementTime = STATEMENT_TIME }:
    SessionOptions,
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
    connect_timeout: connectTime / 1_000,
    idle_timeout: 0,
    max_lifetime: null,
    keep_alive: 30,
    backoff: false,
    debug: false,
    prepare: true,
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
      statement_timeout: statementTime,
      lock_timeout: statementTime,
      idle_in_transaction_session_timeout: 2 * statementTime,
    },
  };
  let connected = false;
  // The types of the driver do not know these.
  return Object.assign(options, {
    // Without these, the driver would look for variables.
    sslnegotiation: null,
    max_pipeline: 100,
    // Without it, the driver would connect again and again where something in between closes its
    // connections.
    socket: () => {
      if (connected) return Promise.reject(new Error("It closes connections as they begin"));
      connected = true;
      return connectedSocket({ host, port, clock, connectTime });
    },
  });
}

/** Connects to an address, within a time. */
function connectedSocket(
  { host, port, clock, connectTime }: {
    readonly host: string;
    readonly port: number;
    readonly clock: Pick<Clock, "after">;
    readonly connectTime: number;
  },
): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({ host, port });
  const cancel = clock.after(connectTime, () => {
    socket.destroy(Object.assign(new Error("Connecting took too long"), { code: "ETIMEDOUT" }));
  });
  socket.once("error", reject);
  socket.once("connect", () => {
    socket.removeListener("error", reject);
    resolve(socket);
  });
  return promise.finally(cancel);
}
