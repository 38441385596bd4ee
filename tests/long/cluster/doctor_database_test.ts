/** Each thing that can be wrong with a PostgreSQL, as the server's doctor says it. */

import assert from "node:assert/strict";

import { temporaryFolder } from "../../peers/temporary_folder.ts";
import type { CheckName } from "../../../server/upkeep/doctor/finding.ts";
import type { JsonDoctor } from "../../../server/upkeep/doctor/run_doctor.ts";
import { AlteredAnswers } from "../../engines/altered_answers.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { NO_POOLER, Pooler } from "../../engines/pooler.ts";
import {
  HAS_POSTGRESQL,
  NO_POSTGRESQL,
  Postgresql,
  type TestDatabase,
} from "../../engines/postgresql.ts";
import { ran } from "../../upkeep/ran.ts";
import { openRows } from "./rows.ts";

/** What a check says of a database. */
async function finding(check: CheckName, database: string): Promise<string> {
  await using folder = await temporaryFolder();
  const args = ["--data", folder.path, "--database", database, "--json"];
  const { out, err } = await ran("doctor", args);
  assert.equal(err, "");
  const { checks }: JsonDoctor = JSON.parse(out);
  const found = checks.find((one) => one.check === check);
  assert(found, out);
  return `${found.status} ${found.message}${found.advice ? `; ${found.advice}` : ""}`;
}

if (HAS_POSTGRESQL) {
  const engine = await Postgresql.start();
  Deno.test.afterAll(async () => await engine[Symbol.asyncDispose]());

  /** Runs statements in a database, as its owner. */
  const change = async ({ name }: TestDatabase, ...statements: readonly string[]) => {
    const sql = engine.connect(name);
    for (const statement of statements) await sql.unsafe(statement);
    await sql.end();
  };

  /** A database with the tables of a server. */
  const used = async (resources: AsyncDisposableStack) => {
    const database = resources.use(await engine.database());
    await using _rows = await openRows(database.url);
    return database;
  };

  Deno.test("The doctor tells versions of PostgreSQL apart", async () => {
    await using database = await engine.database();
    const cases: readonly (readonly [Readonly<Record<string, string>>, CheckName, RegExp])[] = [
      [{}, "version", /^ok It is PostgreSQL \d+\.\d+/],
      [{ Number: "130000", Version: "13.0" }, "version", /^ok It is PostgreSQL 13\.0$/],
      [
        { Number: "120022", Version: "12.22" },
        "version",
        /^fail It is PostgreSQL 12\.22; Use PostgreSQL 13 or later$/,
      ],
      [{}, "database", /^ok The database lets its user in$/],
      [{ Standby: "t" }, "database", /^fail .* follows another one; Name the primary/],
    ];
    for (const [altered, check, expected] of cases) {
      await using proxy = new AlteredAnswers(engine.port, altered);
      const url = database.url.replace(`:${engine.port}/`, `:${proxy.port}/`);
      assert.match(await finding(check, url), expected);
    }
  });

  Deno.test("The doctor says when a database confirms what it could lose", async () => {
    await using database = await engine.database();
    // That of tests syncs nothing.
    assert.match(
      await finding("durability", database.url),
      /^fail .* \(fsync = off\); Set fsync = on in postgresql\.conf/,
    );
    await using proxy = new AlteredAnswers(engine.port, { Syncs: "t" });
    const url = database.url.replace(`:${engine.port}/`, `:${proxy.port}/`);
    const set = (value: string) =>
      change(database, `ALTER DATABASE ${database.name} SET synchronous_commit = ${value}`);
    const cases: readonly (readonly [string, RegExp])[] = [
      ["on", /^ok .* synchronous_commit = on$/],
      ["remote_apply", /^ok .* synchronous_commit = remote_apply$/],
      ["off", /^warn .* \(synchronous_commit = off\); .* set it to on/],
    ];
    for (const [value, expected] of cases) {
      await set(value);
      assert.match(await finding("durability", url), expected);
    }
  });

  Deno.test("The doctor says what the user of a database may not do", async () => {
    await using resources = new AsyncDisposableStack();
    const database = await used(resources);
    const url = database.url.replace("postgres@", "with_no_rights@");
    const [all, role] = ["ALL TABLES IN SCHEMA public", "with_no_rights"];
    const grant = "GRANT CREATE ON SCHEMA public TO the user of --database";
    const cases: readonly (readonly [string, RegExp])[] = [
      [
        `GRANT SELECT ON ${all} TO ${role}`,
        /^fail Its user may not read and change \w+, \w+, \w+ and \d+ other tables; .* own the ta/,
      ],
      [
        `GRANT ALL ON ${all} TO ${role}; REVOKE DELETE ON garbage FROM ${role}`,
        /^fail Its user may not read and change garbage; Let the user of --database own/,
      ],
      [
        `GRANT ALL ON ${all} TO ${role}`,
        new RegExp(`^warn Its user may not make tables, .* another version.*; ${grant}$`),
      ],
      [`GRANT CREATE ON SCHEMA public TO ${role}`, /^ok Its user may make and change tables$/],
    ];
    for (const [statement, expected] of cases) {
      await change(database, statement);
      assert.match(await finding("rights", url), expected);
    }
    await using empty = await engine.database();
    assert.match(
      await finding("rights", empty.url.replace("postgres@", "with_no_rights@")),
      new RegExp(`^fail Its user may not make tables; ${grant}$`),
    );
  });

  Deno.test("The doctor says what a start makes of the schema of a database", async () => {
    await using resources = new AsyncDisposableStack();
    const [empty, database] = [resources.use(await engine.database()), await used(resources)];
    assert.match(await finding("schema", empty.url), /^ok There are no tables yet/);
    const newest = Number(/\d+/.exec(await finding("schema", database.url))?.[0]);
    const cases: readonly (readonly [number, RegExp])[] = [
      [newest, /^ok The schema is of version \d+, the newest$/],
      [newest - 1, new RegExp(`^ok .* version ${newest - 1}: a start brings it to ${newest}$`)],
      [newest + 1, new RegExp(`^fail .*, and ${newest} is the newest.*; Run the Sealpost that`)],
    ];
    for (const [version, expected] of cases) {
      await change(database, `UPDATE schema_version SET "Version" = ${version}`);
      assert.match(await finding("schema", database.url), expected);
    }
  });

  Deno.test({
    name: `The doctor finds a pooler that changes sessions${NO_POOLER}`,
    ignore: NO_POOLER !== "",
    async fn() {
      await using database = await engine.database();
      assert.match(await finding("pooler", database.url), /^ok Sessions are kept/);
      const cases = [
        ["session", /^ok Sessions are kept/],
        ["transaction", /^fail Between this server and .* is a pooler .*; Name .*--database-dir/],
      ] as const;
      for (const [mode, expected] of cases) {
        await using pooler = await Pooler.start(engine.port, { mode });
        assert.match(await finding("pooler", pooler.url(database)), expected);
      }
    },
  });
} else {
  missingEngine(`The doctor examines a PostgreSQL${NO_POSTGRESQL}`);
}
