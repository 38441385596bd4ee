import { formatDuration } from "../../../shared/settings/quantity.ts";
import { parseDatabaseAddress } from "../../storage/access/database_address.ts";
import {
  openPostgresInspection,
  type PostgresFacts,
  sqliteFacts,
} from "../../storage/open_inspection.ts";
import { fail, type Finding, ok, orFailure, skip, warn } from "./finding.ts";

/** The oldest PostgreSQL that can say what became of a transaction. */
const OLDEST = 130_000;

/** Milliseconds by which clocks may differ without a warning: a nonce holds for a minute. */
export const TOLERANCE = 10_000;

/** What is known of where contents lie, once the database was asked. */
export interface KnownPlace {
  readonly place: string | undefined;
}

/** Examines a SQLite database; returns what it is bound to, if it could be read. */
export async function* examineSqlite(
  { data, database }: { readonly data: string; readonly database: string | undefined },
): AsyncGenerator<Finding, KnownPlace | undefined> {
  if (database === ":memory:") {
    yield warn(
      "database",
      "The database is in memory, and ends with the server",
      "Leave --database out to keep clients and files on record",
    );
    return undefined;
  }
  const found = await orFailure("database", () => Promise.try(() => sqliteFacts(data, database)));
  if ("failure" in found) {
    yield found.failure;
    return undefined;
  }
  const { value: facts } = found;
  if (facts === undefined) {
    yield ok("database", "There is none yet: the server makes it when it is started");
    return { place: undefined };
  }
  yield ok("database", `${JSON.stringify(facts.path)} can be read`);
  yield schemaFinding(facts);
  return facts;
}

/** Examines a PostgreSQL; returns what it is bound to, if it could be asked. */
export async function* examinePostgres(
  options: Parameters<typeof openPostgresInspection>[0],
): AsyncGenerator<Finding, KnownPlace | undefined> {
  const opened = await orFailure("database", () => openPostgresInspection(options));
  if ("failure" in opened) {
    yield opened.failure;
    for (
      const check of ["version", "tls", "pooler", "rights", "durability", "schema"] as const
    ) yield skip(check, "The database cannot be used");
    yield skip("database clock", "The database cannot be used");
    return undefined;
  }
  await using facts = opened.value;
  const { host, tls } = parseDatabaseAddress(options.database);
  yield facts.isStandby
    ? fail("database", "The database only follows another one", "Name the primary in --database")
    : ok("database", "The database lets its user in");
  yield facts.versionNumber < OLDEST
    ? fail("version", `It is PostgreSQL ${facts.version}`, "Use PostgreSQL 13 or later")
    : ok("version", `It is PostgreSQL ${facts.version}`);
  yield tls === "verify-full"
    ? ok("tls", `It is spoken to by TLS, and its certificate is for ${JSON.stringify(host)}`)
    : ok("tls", "It is spoken to without TLS, on this machine");
  const pooled = await orFailure("pooler", facts.pooled);
  yield "failure" in pooled
    ? pooled.failure
    : ok("pooler", "Sessions are kept: nothing in between takes them away");
  yield rightsFinding(facts);
  yield durabilityFinding(facts);
  yield schemaFinding(facts);
  yield clockFinding("database clock", facts.ahead);
  return facts;
}

/** A finding about a clock that is ahead of this machine's by so many milliseconds. */
export function clockFinding(
  check: "database clock" | "bucket clock",
  ahead: number,
): Finding {
  const apart = Math.abs(ahead);
  if (apart <= TOLERANCE) return ok(check, "Its clock and that of this machine agree");
  const way = ahead > 0 ? "ahead of" : "behind";
  return warn(
    check,
    `Its clock is ${formatDuration(apart)} ${way} that of this machine`,
    "Set the clocks of both by the network (NTP)",
  );
}

function durabilityFinding({ isSynced, commits }: PostgresFacts): Finding {
  if (!isSynced) {
    return fail(
      "durability",
      "The database does not sync what it writes: a power cut may lose all of it (fsync = off)",
      "Set fsync = on in postgresql.conf",
    );
  }
  return commits === "off"
    ? warn(
      "durability",
      "The database confirms before a commit is on the disk (synchronous_commit = off)",
      "Servers ask for it by themselves; set it to on for everything else that writes",
    )
    : ok("durability", `A commit is confirmed with synchronous_commit = ${commits}`);
}

function rightsFinding({ forbidden, schema }: PostgresFacts): Finding {
  const tables = forbidden.filter((name) => name !== "CREATE");
  if (tables.length > 0) {
    return fail(
      "rights",
      `Its user may not read and change ${tables.slice(0, 3).join(", ")}` +
        (tables.length > 3 ? ` and ${tables.length - 3} other tables` : ""),
      "Let the user of --database own the tables",
    );
  }
  if (!forbidden.includes("CREATE")) return ok("rights", "Its user may make and change tables");
  const advice = "GRANT CREATE ON SCHEMA public TO the user of --database";
  const message = "Its user may not make tables";
  return schema === undefined ? fail("rights", message, advice) : warn(
    "rights",
    `${message}, which another version may need`,
    advice,
  );
}

function schemaFinding(
  { schema, newest }: { readonly schema: number | undefined; readonly newest: number },
): Finding {
  if (schema === undefined || schema === 0) {
    return ok("schema", "There are no tables yet: the server makes them");
  }
  if (schema === newest) return ok("schema", `The schema is of version ${schema}, the newest`);
  if (schema > newest) {
    return fail(
      "schema",
      `The schema is of version ${schema}, and ${newest} is the newest known here`,
      "Run the Sealpost that made it",
    );
  }
  return ok("schema", `The schema is of version ${schema}: a start brings it to ${newest}`);
}
