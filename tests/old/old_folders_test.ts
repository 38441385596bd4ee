/**
 * What version 0.1.0 left on the disks of its users is whole and works with the programs of today.
 * The folders were made by `make.ts`.
 */
import assert from "node:assert/strict";
import { basename, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import {
  clientRows,
  databaseIn,
  fileRows,
  stagedFiles,
} from "../end_to_end/fixtures/data_folder.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { recoveredServer } from "../end_to_end/fixtures/recovered_server.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { NAMING_CLIENT, OLD_NAMES, type OldClient, oldContent, sha256 } from "./old_files.ts";
import { copiedFolders, OLD_CLIENTS as CLIENTS, pointTo } from "./old_folders.ts";

const NAMES = Object.values(OLD_NAMES).flat();
/**
 * Names that some systems take for others of the list: not all of them can be sent by one command.
 */
const TWINS = [...OLD_NAMES["decomposed letters"] ?? [], "case.txt"];

/** What the catalog in a folder that no server uses has under way. */
function underWay(data: string): { readonly intents: string[]; readonly unsynced: string[] } {
  using database = new DatabaseSync(databaseIn(data));
  const column = (query: string) => database.prepare(query).all().map(({ value }) => String(value));
  return {
    intents: column("SELECT Staged AS value FROM intents"),
    unsynced: column("SELECT FileName AS value FROM unsynced"),
  };
}

/** Fails unless every file of 0.1.0 has its row, and contents of which `isRight` is true. */
async function checkFiles(
  data: string,
  isRight: (content: Uint8Array<ArrayBuffer>, old: OldClient["files"][number]) => unknown,
): Promise<void> {
  const rows = fileRows(databaseIn(data));
  for (const { id, name, files } of CLIENTS) {
    for (const file of files) {
      const row = rows.find((row) => row.id === id && row.fileName === file.fileName);
      assert(row !== undefined, `${file.sent} of ${name} is on record`);
      const content = await Deno.readFile(join(data, row.location));
      assert.equal(content.length, row.size, `${file.sent} of ${name}`);
      assert(await isRight(content, file), `${file.sent} of ${name} has its contents`);
    }
  }
}

/** Writes files, and sends them in the name of a client from its folder. */
async function send(
  folder: string,
  names: readonly string[],
  { version, args }: { readonly version: string; readonly args: readonly string[] },
): Promise<void> {
  await using files = await temporaryFolder();
  const paths = names.map((name) => join(files.path, name));
  for (const path of paths) await Deno.writeTextFile(path, oldContent(basename(path), version));
  const { code, stderr } = await runClient(["--dir", folder, "--retries", "0", ...args, ...paths]);
  assert.equal(code, 0, stderr);
}

/** Whether a client has a file with the contents of this version, under whatever name. */
async function hasVersion(
  data: string,
  { id, name, version }: { readonly id: string; readonly name: string; readonly version: string },
): Promise<boolean> {
  const wanted = oldContent(name, version);
  for (const row of fileRows(databaseIn(data))) {
    if (row.id !== id || row.size > 1024) continue;
    if (await Deno.readTextFile(join(data, row.location)) === wanted) return true;
  }
  return false;
}

Deno.test("A killed server of 0.1.0 has left every kind of leftover", async () => {
  await using folders = await copiedFolders();
  const { intents, unsynced } = underWay(folders.data);
  const staged = await stagedFiles(folders.data);
  assert(unsynced.length > 0, "Contents that were not synced");
  assert(intents.some((name) => staged.includes(name)), "An intent that was not carried out");
  assert(intents.some((name) => !staged.includes(name)), "An intent that was carried out");
  assert(staged.some((name) => !intents.includes(name)), "An upload under way");
});

Deno.test("The server takes over the data of 0.1.0, and all its clients", async () => {
  await using folders = await copiedFolders();
  const { data, clients } = folders;
  // The power failed too: what was not synced is lost where it lay.
  const { unsynced } = underWay(data);
  for (const file of CLIENTS.flatMap(({ files }) => files)) {
    if (unsynced.includes(file.fileName)) await Deno.remove(join(data, file.pathName));
  }
  await using server = await recoveredServer(data, RunningServer.here);
  assert.deepEqual(
    clientRows(databaseIn(data)),
    CLIENTS.map(({ id, name, revision }) => ({ id, name, revision })),
  );
  const files = CLIENTS.flatMap(({ id, files }) =>
    files.map(({ fileName }) => `${id} ${fileName}`)
  );
  assert.deepEqual(
    fileRows(databaseIn(data)).map(({ id, fileName }) => `${id} ${fileName}`).sort(),
    files.sort(),
  );
  await checkFiles(data, async (content, old) => await sha256(content) === old.sha256);
  assert.deepEqual(await stagedFiles(data), []);

  const toServer: readonly string[] = ["--server", server.address];
  await Promise.all(CLIENTS.map(async ({ folder, id }) => {
    const own = join(clients, folder);
    const revision = /^\d{4}/.test(folder) ? folder : "2024a";
    const args = ["--revision", revision, ...await pointTo(server.address, own) ? [] : toServer];
    await send(own, ["further.txt"], { version: "further", args });
    assert(await hasVersion(data, { id, name: "further.txt", version: "further" }), folder);
  }));
  assert.equal(clientRows(databaseIn(data)).length, CLIENTS.length, "Nobody had to register");

  const fresh = join(clients, "fresh");
  await pointTo(server.address, fresh);
  const { code, stderr } = await runClient(["--dir", fresh]);
  assert.equal(code, 0, stderr);
  const newcomer = clientRows(databaseIn(data)).find(({ name }) => name === "Newcomer");
  const letter = { name: "a letter.txt", version: "first" };
  assert(await hasVersion(data, { id: newcomer?.id ?? "", ...letter }));

  assert.equal((await server.stop()).code, 0);
  assert.deepEqual(underWay(data), { intents: [], unsynced: [] });
});

Deno.test({
  name: "A client of 0.1.0 sends files of all names again, and no other file suffers (Linux)",
  // Other systems do not have files of all these names.
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using folders = await copiedFolders();
    const { data, clients } = folders;
    await using server = await RunningServer.here(data);
    const own = join(clients, NAMING_CLIENT);
    await pointTo(server.address, own);
    const id = CLIENTS.find(({ folder }) => folder === NAMING_CLIENT)?.id ?? "";
    const others = NAMES.filter((name) => !TWINS.includes(name));
    for (const names of [others, TWINS]) {
      await send(own, names, { version: "second", args: ["--revision", "2024a"] });
      for (const name of names) {
        assert(await hasVersion(data, { id, name, version: "second" }), name);
      }
    }
    // Names that differ in case or Unicode form alone may be one file by now.
    const alike = (text: string) => text.normalize("NFC").toLowerCase();
    await checkFiles(data, async (content, old) =>
      await sha256(content) === old.sha256 ||
      alike(new TextDecoder().decode(content)) === alike(oldContent(old.sent, "second")));
  },
});
