/** The five revisions, named on one side, on both, or found out. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { idIn, makeFile } from "./fixtures/client_folder.ts";
import { clientRows, databaseIn, storedFiles } from "./fixtures/data_folder.ts";
import { runClient } from "./fixtures/in_process.ts";
import { ON_LOOPBACK, RunningServer } from "./fixtures/running_server.ts";

const ALL: readonly RevisionName[] = ["2022c", "2023a", "2023c", "2024a", "2024c"];

/** All that `auto` on the client can find out at our server: 2022c has to be named there. */
const FOUND_OUT: readonly RevisionName[] = ["2023a", "2023c", "2024a", "2024c"];

interface Sending {
  readonly address: string;
  /** What `--revision` says on the client. */
  readonly says: RevisionName | "auto";
}

for (const revision of ALL) {
  Deno.test(`Both sides set to ${revision} register, return and send a file`, async () => {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using server = await RunningServer.here(data.path, {
      args: [...ON_LOOPBACK, "--revision", revision],
    });
    const sending = { address: server.address, says: revision };
    assert.equal(await sendFile(home.path, sending, "first.bin"), revision);
    const id = await idIn(home.path);
    assert.equal(await sendFile(home.path, sending, "second.bin"), revision);
    assert.equal(await idIn(home.path), id);
    await server.stop();
    assert.deepEqual(clientRows(databaseIn(data.path)), [{ id, name: "Revision", revision }]);
    assert.deepEqual(
      await storedFiles(data.path),
      ["first.bin", "second.bin"].map((name) => `received_files/${id}/${name}`),
    );
    for (const name of ["first.bin", "second.bin"]) {
      assert.deepEqual(
        await Deno.readFile(join(data.path, "received_files", id, name)),
        await Deno.readFile(join(home.path, name)),
      );
    }
  });
}

for (const revision of FOUND_OUT) {
  Deno.test(`A client left to itself finds out that a server speaks ${revision}`, async () => {
    await using data = await temporaryFolder();
    await using home = await temporaryFolder();
    await using server = await RunningServer.here(data.path, {
      args: [...ON_LOOPBACK, "--revision", revision],
    });
    const sending = { address: server.address, says: "auto" } as const;
    assert.equal(await sendFile(home.path, sending, "first.bin"), revision);
    const id = await idIn(home.path);
    assert.equal(await sendFile(home.path, sending, "second.bin"), revision);
    assert.equal(await idIn(home.path), id, "The second time it was known");
  });
}

Deno.test("A server set to auto serves all revisions, 2023c if on record", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path, {
    args: ["--listen", "127.0.0.1:0", "--listen", "127.0.0.1:0=2023c"],
    listeners: 2,
  });
  const [auto = "", only2023c = ""] = server.addresses;
  for (const says of ALL) {
    await using home = await temporaryFolder();
    // Its registration looks like one of 2024a: only a listener of its own can tell (see the docs).
    const first = says === "2023c" ? only2023c : auto;
    const name = `Client of ${says}`;
    assert.equal(await sendFile(home.path, { address: first, says }, "first.bin", name), says);
    const id = await idIn(home.path);
    // To a client each listener is a server of its own.
    if (first !== auto) {
      const moved = await runClient(["identity", "move", first, auto, "--dir", home.path]);
      assert.equal(moved.code, 0, moved.stderr);
    }
    assert.equal(await sendFile(home.path, { address: auto, says }, "second.bin"), says);
    assert.equal(await idIn(home.path), id);
  }
});

Deno.test("Each listener has its own revision and line of output", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path, {
    args: ALL.flatMap((revision) => ["--listen", `127.0.0.1:0=${revision}`]),
    listeners: ALL.length,
  });
  for (const [index, says] of ALL.entries()) {
    await using home = await temporaryFolder();
    const address = server.addresses[index] ?? "";
    assert.equal(await sendFile(home.path, { address, says }, "file.bin", `At ${says}`), says);
  }
  const { stdout } = await server.stop();
  assert.equal(stdout, server.addresses.map((address) => `listening on ${address}\n`).join(""));
  assert.equal(new Set(server.addresses).size, ALL.length);
  assert.deepEqual(
    clientRows(databaseIn(data.path)).map(({ revision }) => revision),
    ALL,
  );
});

/** Sends a new file; the revision in which it went, by the client's word. */
async function sendFile(
  home: string,
  { address, says }: Sending,
  file: string,
  name = "Revision",
): Promise<string> {
  const { path } = await makeFile(home, { name: file, size: 100_000 });
  const registered = await Deno.stat(join(home, "me.info")).then(() => true, () => false);
  const { code, stdout, stderr } = await runClient([
    ...["--dir", home, "--server", address, "--revision", says, "--json", "--retries", "0"],
    ...registered ? [] : ["--name", name],
    path,
  ]);
  assert.equal(code, 0, stderr);
  const { status, attempts, revision } = JSON.parse(stdout);
  assert.deepEqual({ status, attempts }, { status: "sent", attempts: 1 });
  return revision;
}
