/** Why a server cannot start: each time exit code 2 and a line that says what to do. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS } from "../../server/storage/sqlite/schema/migrations.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { assertComplains } from "./fixtures/complaint.ts";
import { databaseIn, fileRows } from "./fixtures/data_folder.ts";
import { permissionsBind } from "./fixtures/permissions.ts";
import { runProgram } from "./fixtures/in_process.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";

Deno.test("A server says which port is in use, and listens nowhere", async () => {
  await using data = await temporaryFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = String(listener.addr.port);
  const says = new RegExp(
    `^error: Cannot listen on 127\\.0\\.0\\.1:${taken}: the port is in use; `,
  );
  for (
    const flags of [
      ["--host", "127.0.0.1", "--port", taken],
      ["--listen", "127.0.0.1:0", "--listen", `127.0.0.1:${taken}`],
    ]
  ) {
    const ended = await runProgram("server", ["--data", data.path, ...flags]);
    assertComplains(ended, { code: 2, says });
  }
});

Deno.test("A server refuses a data folder that is a file, or lies in one", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await Deno.writeTextFile(file, "not to be touched");
  for (const data of [file, join(file, "data")]) {
    const ended = await runProgram("server", [...ON_LOOPBACK, "--data", data]);
    assertComplains(ended, { code: 2, says: /^error: ".*" is not a folder: .*--data/ });
  }
  assert.equal(await Deno.readTextFile(file), "not to be touched");
});

const bound = await permissionsBind();

Deno.test({
  name: "A server refuses a data folder that it cannot write" +
    (bound ? "" : " (ignored: this user may write everywhere)"),
  ignore: !bound,
  async fn() {
    await using folder = await temporaryFolder();
    const locked = join(folder.path, "locked");
    await Deno.mkdir(locked, { mode: 0o500 });
    for (const data of [locked, join(locked, "data")]) {
      const ended = await runProgram("server", [...ON_LOOPBACK, "--data", data]);
      assertComplains(ended, { code: 2, says: /^error: Cannot .*locked.*: let the server's user/ });
    }
  },
});

Deno.test("A server refuses the database of a newer one, and leaves it as it is", async () => {
  await using data = await temporaryFolder();
  const newer = MIGRATIONS.length + 1;
  {
    using db = new DatabaseSync(databaseIn(data.path));
    db.exec(`PRAGMA user_version = ${newer}`);
  }
  const ended = await runProgram("server", [...ON_LOOPBACK, "--data", data.path]);
  assertComplains(ended, {
    code: 2,
    says: new RegExp(`^error: The database ".*" has schema version ${newer}, newer than `),
  });
  using db = new DatabaseSync(databaseIn(data.path), { readOnly: true });
  assert.deepEqual({ ...db.prepare("PRAGMA user_version").get() }, { user_version: newer });
});

Deno.test("A server refuses a database that is none, and one of another program", async () => {
  await using folder = await temporaryFolder();
  const none = join(folder.path, "none.db");
  await Deno.writeTextFile(none, "This is a text. ".repeat(100));
  const foreign = join(folder.path, "foreign.db");
  {
    using db = new DatabaseSync(foreign);
    db.exec("CREATE TABLE birds (name TEXT)");
  }
  const cases = [[none, /not a database/], [foreign, /not made by Sealpost/]] as const;
  for (const [database, says] of cases) {
    const flags = ["--data", join(folder.path, "data"), "--database", database];
    const ended = await runProgram("server", [...ON_LOOPBACK, ...flags]);
    assertComplains(ended, { code: 2, says });
  }
  assert.match(await Deno.readTextFile(none), /^(This is a text\. ){100}$/);
});

Deno.test("A second server on a data folder ends at once, and the first one goes on", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path);
  const ended = await runProgram("server", [...ON_LOOPBACK, "--data", data.path]);
  assertComplains(ended, {
    code: 2,
    says: /^error: The folder ".*" is in use by another server: /,
  });
  assert.equal((await server.stop()).code, 0);
  assert.deepEqual(fileRows(databaseIn(data.path)), []);
});

Deno.test("A bad command line is refused with the name of the flag", async () => {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const cases: readonly (readonly [args: readonly string[], says: RegExp])[] = [
    [["--frobnicate"], /^error: .*--frobnicate/],
    [["argument"], /^error: .*argument/],
    [["--listen", "127.0.0.1"], /^error: .*--listen.* HOST:PORT.*"127\.0\.0\.1"/],
    [["--listen", "127.0.0.1:0=2025a"], /^error: .*--listen.*"127\.0\.0\.1:0=2025a"/],
    [["--port", "65536"], /^error: .*--port.* 0 to 65535.*"65536"/],
    [["--revision", "2022a"], /^error: .*--revision.*"2022a"/],
    [["--grace", "soon"], /^error: .*--grace.*"soon"/],
    [["--max-file-size", "0"], /^error: .*--max-file-size.*"0"/],
    [["--database", ""], /^error: .*--database.*path/],
  ];
  for (const [args, says] of cases) {
    const ended = await runProgram("server", ["--data", data, ...args]);
    assertComplains(ended, { code: 2, says });
  }
  await assert.rejects(Deno.stat(data), Deno.errors.NotFound);
});
