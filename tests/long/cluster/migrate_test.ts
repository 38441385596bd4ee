/** What a server has in its data folder moves into a PostgreSQL and a bucket. */

import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { openStorage } from "../../../server/storage/open_storage.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { clientIdText } from "../../../shared/wire/client_id.ts";
import { seeded } from "../../../server/upkeep/check/sample.ts";
import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import { startProgram } from "../../end_to_end/fixtures/program.ts";
import {
  ON_LOOPBACK,
  onLoopbackAgain,
  RunningServer,
} from "../../end_to_end/fixtures/running_server.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";
import { copiedFolders, OLD_CLIENTS, pointTo } from "../../old/old_folders.ts";
import { sha256 } from "../../old/old_files.ts";
import { put, read } from "../../upkeep/filled.ts";
import { ran } from "../../upkeep/ran.ts";
import { checkGiven, filledFolder, newTarget, stateOf, TARGET_ENV } from "./moving.ts";

const clock = SYSTEM_CLOCK;

/** Where the files lie that were not synced yet; at least one. */
function unsyncedPaths(data: string): readonly string[] {
  using database = new DatabaseSync(join(data, "defensive.db"));
  const select = "SELECT PathName FROM unsynced JOIN files USING (ID, FileName)";
  const paths = database.prepare(select).all().map((row) => String(row["PathName"]));
  assert(paths.length > 0);
  return paths;
}

if (NO_GATEWAY === "" && HAS_POSTGRESQL) {
  const engine = await Postgresql.start();
  const gateway = await S3Gateway.start();
  Deno.test.afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    await gateway[Symbol.asyncDispose]();
  });

  Deno.test("A folder of protocols 3 and 4 moves, once, and nothing in it changes", async () => {
    await using folder = await temporaryFolder();
    await using target = await newTarget(engine, gateway);
    const data = join(folder.path, "data");
    const was = await filledFolder(data);
    const before = await stateOf(data);
    const args = ["--from", `sqlite:${data}`, ...target.to];
    {
      await using _storage = await openStorage({ data, database: undefined, clock });
      const { code, err } = await ran("migrate", args, { env: TARGET_ENV });
      assert.equal(code, 2);
      assert.match(err, /in use by a server: stop it/);
    }
    const stopped = await stateOf(data);
    const { code, out, err } = await ran("migrate", args, { env: TARGET_ENV });
    assert.equal(code, 0, err);
    assert.match(out, /^Moved 2 clients, 5 files of protocol 3, 8 entries of trees, 1 device\n/);
    assert.match(out, /Left out: 1 uploads under way/);
    // What there is is counted for each page of rows, and not for each row.
    assert(await target.counted() <= 3);
    assert.deepEqual(await stateOf(data), stopped);
    assert.equal(before.length, stopped.length);
    assert.deepEqual((await Array.fromAsync(Deno.readDir(folder.path))).map((one) => one.name), [
      "data",
    ]);
    const again = await ran("migrate", args, { env: TARGET_ENV });
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /^All was moved before/);
    {
      await using storage = await target.opened(join(folder.path, "new"));
      await checkGiven(storage, was);
      // Numbers that the database gives out go on behind those that were moved.
      const { account } = was;
      await storage.tree.record(account, { kind: "folder", path: "another" });
      assert.equal((await storage.tree.entry(account, "another"))?.kind, "folder");
    }
    const checked = await ran("check", [...target.server, "--json"], { env: TARGET_ENV });
    assert.deepEqual(JSON.parse(checked.out).faults, []);
    assert.equal(JSON.parse(checked.out).files, was.given.length);
    const to = join(folder.path, "exported");
    const exported = await ran("export", [...target.server, "--to", to], { env: TARGET_ENV });
    assert.equal(exported.code, 0, exported.out + exported.err);
    for (const { clientId, protocol, path, content } of was.given) {
      const id = clientIdText(clientId);
      // Some systems take it for the other name with a ligature.
      const name = path === "ﬁle" ? "ﬁle (2)" : path;
      const at = protocol === 3 ? ["received_files", id, name] : ["trees", id, path];
      assert.deepEqual(await Deno.readFile(join(to, ...at)), content, path);
    }
    const twice = await ran("export", [...target.server, "--to", to, "--json"], {
      env: TARGET_ENV,
    });
    assert.equal(JSON.parse(twice.out).there, was.given.length);
    const said = JSON.stringify([out, err, again, checked, exported, twice]);
    assert.doesNotMatch(said, /sesame|SKTEST/);
  });

  Deno.test("check sees in a bucket what is missing, and what is nobody's", async () => {
    await using folder = await temporaryFolder();
    await using target = await newTarget(engine, gateway);
    const data = join(folder.path, "data");
    await filledFolder(data);
    await ran("migrate", ["--from", `sqlite:${data}`, ...target.to], { env: TARGET_ENV });
    await target.sql((sql) => sql`DELETE FROM files WHERE "FileName" = 'small.bin'`);
    const [row] = await target.sql((sql) =>
      sql`SELECT "PathName" FROM files WHERE "FileName" = 'large.bin'`
    );
    const key = String(row?.["PathName"]);
    await target.bucket.remove(`files/o/${key.slice(0, 2)}/${key.slice(2)}`);
    const { code, out } = await ran("check", [...target.server, "--json"], { env: TARGET_ENV });
    assert.equal(code, 1);
    const { faults, faultCount } = JSON.parse(out);
    assert.equal(faultCount, 2, out);
    assert.deepEqual(faults.map(({ kind }: { kind: string }) => kind), ["missing", "nobody's"]);
    assert.match(faults[0].what, /\/large\.bin$/);
  });

  Deno.test("A migration takes no other target, and leaves out no damaged file", async () => {
    await using folder = await temporaryFolder();
    await using target = await newTarget(engine, gateway);
    const data = join(folder.path, "data");
    const { given } = await filledFolder(data);
    const id = given[0]?.clientId.toHex() ?? "";
    await Deno.writeFile(join(data, "received_files", id, "large.bin"), new Uint8Array(200_000));
    const args = ["--from", `sqlite:${data}`, ...target.to];
    const damaged = await ran("migrate", args, { env: TARGET_ENV });
    assert.equal(damaged.code, 1);
    assert.match(damaged.err, /\/large\.bin has other contents than those on record/);
    // No server uses what is there by half.
    const refused = RunningServer.start(join(folder.path, "new"), {
      args: [...ON_LOOPBACK, ...target.server],
      env: TARGET_ENV,
    });
    await assert.rejects(refused, /a migration that is not finished/);
    const left = await ran("migrate", [...args, "--leave-out-damaged"], { env: TARGET_ENV });
    assert.equal(left.code, 0, left.err);
    assert.match(left.out, /Left out: .*\/large\.bin/);

    const other = join(folder.path, "other");
    await filledFolder(other);
    const from = ["--from", `sqlite:${other}`];
    const full = await ran("migrate", [...from, ...target.to], { env: TARGET_ENV });
    assert.equal(full.code, 2);
    assert.match(full.err, /moved from another source/);
    await using empty = await newTarget(engine, gateway);
    const used = await ran("migrate", [...from, "--to", empty.url, "--store", target.bucket.text], {
      env: TARGET_ENV,
    });
    assert.equal(used.code, 2);
    assert.match(used.err, /has objects already/);
    {
      await using _storage = await empty.opened(join(folder.path, "third"));
      await _storage.catalog.register({
        id: given[0]?.clientId ?? assert.fail(),
        name: "X",
        revision: "2024a",
      });
    }
    const foreign = await ran("migrate", [...from, ...empty.to], { env: TARGET_ENV });
    assert.equal(foreign.code, 2);
    assert.match(foreign.err, /has files or clients already/);
  });

  Deno.test("A migration that is killed at any moment goes on to the same end", async () => {
    await using folder = await temporaryFolder();
    const data = join(folder.path, "data");
    const was = await filledFolder(data);
    {
      await using storage = await openStorage({ data, database: undefined, clock });
      const huge = { clientId: was.account, path: "huge.raw", size: 17 * 1024 ** 2 };
      was.given.push(await put(storage, huge));
    }
    const stopped = await stateOf(data);
    const random = seeded(17);
    let [killed, amid] = [0, 0];
    // How long a run takes depends on the machine: what it took is what the next one may take.
    let took = 6_000;
    const isDue = (round: number) => round < 3 || round < 15 && (killed < 3 || amid === 0);
    for (let round = 0; isDue(round); round++) {
      await using target = await newTarget(engine, gateway);
      const args = ["--from", "", "--from", `sqlite:${data}`, ...target.to];
      let longest = took;
      for (let tries = 0;; tries++) {
        const begun = performance.now();
        const child = startProgram("migrate", args, { env: TARGET_ENV });
        const timer = setTimeout(() => child.kill("SIGKILL"), random() * longest);
        const { success, signal, stderr } = await child.output();
        clearTimeout(timer);
        took = performance.now() - begun;
        if (success) break;
        assert.equal(signal, "SIGKILL", new TextDecoder().decode(stderr));
        killed++;
        if (await target.hasBegun()) amid++;
        // It gets on in each try, however slow the machine.
        if (tries > 3) longest *= 2;
      }
      await using storage = await target.opened(join(folder.path, `new${round}`));
      await checkGiven(storage, was);
      const { out } = await ran("check", [...target.server, "--json"], { env: TARGET_ENV });
      assert.deepEqual(JSON.parse(out).faults, []);
      assert.equal(await target.bucket.uploads(), 0);
    }
    assert.deepEqual(await stateOf(data), stopped);
    assert(killed > 2 && amid > 0, `${killed} runs were killed, ${amid} of them amid the moving`);
  });

  Deno.test("Clients of 0.1.0 and of protocol 4 go on at the servers of a target", async () => {
    await using folders = await copiedFolders();
    await using target = await newTarget(engine, gateway);
    const { data, clients } = folders;
    // The power failed too: what was not synced is lost where it lay.
    for (const path of unsyncedPaths(data)) await Deno.remove(join(data, path));
    const config = join(folders.path, "config");
    await Deno.mkdir(config);
    const [one] = await Promise.all([makeFile(folders.path, { name: "one.bin", size: 3_000_000 })]);
    const old = await ran("migrate", ["--from", `sqlite:${data}`, ...target.to], {
      env: TARGET_ENV,
    });
    assert.equal(old.code, 0, old.err);
    {
      await using storage = await target.opened(join(folders.path, "looked"));
      for (const { id, files } of OLD_CLIENTS) {
        for (const { fileName, sha256: sum } of files) {
          const given = { clientId: Uint8Array.fromHex(id) as never, path: fileName };
          const content = await read(storage, { ...given, protocol: 3, content: new Uint8Array() });
          assert.equal(content && await sha256(content.slice()), sum, fileName);
        }
      }
    }
    const args = [...ON_LOOPBACK, ...target.server];
    {
      await using server = await RunningServer.start(join(folders.path, "new"), {
        args,
        env: TARGET_ENV,
      });
      for (const { folder } of OLD_CLIENTS) {
        const own = join(clients, folder);
        const revision = /^\d{4}/.test(folder) ? folder : "2024a";
        const to = await pointTo(server.address, own) ? [] : ["--server", server.address];
        const path = join(folders.path, `${basename(folder)}.txt`);
        await Deno.writeTextFile(path, folder);
        const sent = await runClient(["--dir", own, "--revision", revision, ...to, path]);
        assert.equal(sent.code, 0, sent.stderr);
      }
    }
    const [count] = await target.sql((sql) => sql`SELECT count(*)::int AS clients FROM clients`);
    assert.equal(count?.["clients"], OLD_CLIENTS.length, "Nobody had to register again");

    await using second = await newTarget(engine, gateway);
    const used = join(folders.path, "used");
    let address = "";
    const at = await onLoopbackAgain();
    {
      await using server = await RunningServer.start(used, { args: at });
      address = await server.printed(/^sealpost:/);
      const login = await runClient(["login", address, "--name", "maya", "--dir", config]);
      assert.equal(login.code, 0, login.stderr);
      const sent = await runClient(["send", one?.path ?? "", "--dir", config]);
      assert.equal(sent.code, 0, sent.stderr);
      assert.equal((await server.stop()).code, 0);
    }
    const moved = await ran("migrate", ["--from", `sqlite:${used}`, ...second.to], {
      env: TARGET_ENV,
    });
    assert.equal(moved.code, 0, moved.err);
    // The same address: the key of the server has moved, and the device of the client.
    await using server = await RunningServer.start(join(folders.path, "moved"), {
      args: [...at, ...second.server],
      env: TARGET_ENV,
    });
    assert.equal(await server.printed(/^sealpost:/), address);
    const got = join(folders.path, "got");
    const fetched = await runClient(["get", "one.bin", "-o", got, "--dir", config]);
    assert.equal(fetched.code, 0, fetched.stderr);
    assert.deepEqual(await Deno.readFile(got), one?.content);
  });
} else {
  missingEngine(`A data folder moves into a database and a bucket${NO_POSTGRESQL}${NO_GATEWAY}`);
}
