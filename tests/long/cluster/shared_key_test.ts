/** A key that is changed for all servers of one database, while they run. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { makeFile } from "../../end_to_end/fixtures/client_folder.ts";
import { runClient } from "../../end_to_end/fixtures/in_process.ts";
import type { RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_BOTH, NOT_BOTH, SharedEngines } from "../../engines/shared_servers.ts";
import { ran } from "../../upkeep/ran.ts";

/** The address that a server printed, and its key. */
async function printed(server: RunningServer) {
  const address = await server.printed(/^sealpost:/);
  return { address, key: address.split("#")[1] ?? "" };
}

if (HAS_BOTH) {
  const engines = await SharedEngines.start();
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());

  Deno.test("A key that is changed is that of all servers, and clients follow", async () => {
    await using place = await engines.place();
    const { folder, database, server } = place;
    const rotate = (...flags: readonly string[]) =>
      ran("rotate-key", ["--database", database.url, ...flags]);
    const early = await rotate();
    assert.equal(early.code, 2);
    assert.match(early.err, /No server has used the database/);

    const ended = await server("ended");
    const { key: old } = await printed(ended);
    assert.equal((await ended.stop()).code, 0);
    await using one = await server("one");
    await using other = await server("other");
    // A client of each, that knows its old key.
    const clients = new Map([["maya", one], ["ben", other]]);
    const client = async (name: string, ...words: readonly string[]) => {
      const { code, stderr } = await runClient([...words, "--dir", join(folder, name)]);
      assert.equal(code, 0, stderr);
    };
    for (const [name, each] of clients) {
      await Deno.mkdir(join(folder, name));
      await client(name, "login", (await printed(each)).address, "--name", name);
    }
    // And one that knows both by their addresses.
    await Deno.mkdir(join(folder, "ada"));
    for (const each of [one, other]) {
      await client("ada", "login", (await printed(each)).address, "--name", "ada");
    }

    const changed = await rotate("--announce", "20s");
    assert.equal(changed.code, 0, changed.err);
    const [, key = ""] = /^The key is (\S{44}) from \S+ on: /.exec(changed.out) ?? [];
    assert.notEqual(key, "");
    assert.notEqual(key, old);
    // One that is started meanwhile has the old one still, and a second change has to wait.
    await using meanwhile = await server("meanwhile");
    assert.equal((await printed(meanwhile)).key, old);
    const again = await rotate();
    assert.equal(again.code, 2);
    assert.match(again.err, /is changed at \S+ already/);

    const running = [one, other, meanwhile];
    const lines = await Promise.all(
      running.map((each) => each.logged(/know the server by the key/)),
    );
    for (const line of lines) assert(line.includes(key), line);
    const { path } = await makeFile(folder, { name: "small.bin", size: 1_000 });
    for (const name of clients.keys()) await client(name, "send", path);
    for (const each of [one, other]) {
      await client("ada", "ls", "--server", each.address);
      // What it has printed at its start is an address from before the change.
      await client("ada", "login", (await printed(each)).address);
    }
    // One that was not there meanwhile, and one that is new.
    await using late = await server("ended");
    await using fresh = await server("fresh");
    for (const each of [late, fresh]) assert.equal((await printed(each)).key, key);
    for (const each of [...running, late, fresh]) {
      const { code, stderr } = await each.stop();
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, / (error|warn) /);
    }
    await using back = await server("one");
    assert.equal((await printed(back)).key, key);
  });
} else {
  missingEngine(`Servers change their key together${NOT_BOTH}`);
}
