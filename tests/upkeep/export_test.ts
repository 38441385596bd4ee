import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";

import { openStorage } from "../../server/storage/open_storage.ts";
import { newId } from "../storage/trees_under_test.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { clientIdText } from "../../shared/wire/client_id.ts";
import { filled, type Given, MTIME, put, sent } from "./filled.ts";
import { ran } from "./ran.ts";

const clock = SYSTEM_CLOCK;

/** Where an export has a file. The second of two that look alike is numbered. */
function exportedPath(to: string, { clientId, protocol, path }: Given): string {
  const id = clientIdText(clientId);
  if (protocol === 4) return join(to, "trees", id, path);
  return join(to, "received_files", id, path === "file" ? "file (2)" : path);
}

Deno.test("export writes all files, lists clients and links, and goes on later", async () => {
  await using folder = await temporaryFolder();
  const [data, to] = [join(folder.path, "data"), join(folder.path, "to")];
  await using storage = await openStorage({ data, database: undefined, clock });
  const given = await filled(storage);
  const args = ["--data", data, "--to", to];
  const first = await ran("export", args);
  equal(first.code, 0, first.err);
  match(first.out, /^".*" has 9 files, 3\.3 MiB; 1 links are in links\.tsv\n$/);
  for (const one of given) deepEqual(await Deno.readFile(exportedPath(to, one)), one.content);
  for (const one of given.filter(({ protocol }) => protocol === 4)) {
    equal((await Deno.stat(exportedPath(to, one))).mtime?.getTime(), MTIME);
  }
  const account = given.at(-1)?.clientId ?? newId();
  const links = await Deno.readTextFile(join(to, "links.tsv"));
  equal(links, `"${clientIdText(account)}/link"\t"note.txt"\n`);
  const clients = await Deno.readTextFile(join(to, "clients.tsv"));
  match(clients, new RegExp(`^${clientIdText(account)}\\t4\\t"Maya"$`, "m"));
  match(clients, /^[0-9a-f]{32}\t3\t"Old"$/m);
  const names = (await Array.fromAsync(Deno.readDir(to), ({ name }) => name)).sort();
  deepEqual(names, ["clients.tsv", "links.tsv", "received_files", "trees"]);

  const [small, , large] = given;
  if (small === undefined || large === undefined) throw new Error("There are no files");
  const untouched = await Deno.stat(exportedPath(to, small));
  // What was cut off, changed, or replaced since is written again; a rest of a killed run goes.
  await Deno.truncate(exportedPath(to, large), 100);
  await Deno.mkdir(join(to, ".unfinished"));
  await Deno.writeTextFile(join(to, ".unfinished", "0"), "rest");
  const { clientId } = large;
  const replaced = await sent(storage, { clientId, path: "empty", size: 40 });
  const second = await ran("export", [...args, "--json"]);
  equal(second.code, 0, second.err);
  const { ok, files, there, faultCount } = JSON.parse(second.out);
  deepEqual([ok, files, there, faultCount], [true, 9, 7, 0]);
  deepEqual(await Deno.readFile(exportedPath(to, large)), large.content);
  deepEqual(await Deno.readFile(exportedPath(to, replaced)), replaced.content);
  equal((await Deno.stat(exportedPath(to, small))).ino, untouched.ino);
  await rejects(Deno.stat(join(to, ".unfinished")), Deno.errors.NotFound);
});

Deno.test("export names what is missing or damaged, and goes on with the others", async () => {
  await using folder = await temporaryFolder();
  const [data, to] = [join(folder.path, "data"), join(folder.path, "to")];
  let given: readonly Given[] = [];
  {
    await using storage = await openStorage({ data, database: undefined, clock });
    given = await filled(storage);
  }
  const id = clientIdText(given[0]?.clientId ?? newId());
  await Deno.remove(join(data, "received_files", id, "small.bin"));
  await Deno.writeFile(join(data, "received_files", id, "large.bin"), new Uint8Array(200_000));
  // Nothing is written through a link that stands where a folder has to be.
  const account = clientIdText(given.at(-1)?.clientId ?? newId());
  await Deno.mkdir(join(to, "trees", account), { recursive: true });
  await Deno.mkdir(join(folder.path, "elsewhere"));
  await Deno.symlink(join(folder.path, "elsewhere"), join(to, "trees", account, "pictures"));
  const { code, out } = await ran("export", ["--data", data, "--to", to]);
  equal(code, 1);
  deepEqual(out.split("\n").slice(0, -2).sort(), [
    `blocked  trees/${account}/pictures`,
    `damaged  received_files/${id}/large.bin`,
    `missing  received_files/${id}/small.bin`,
  ]);
  match(out, / has 5 files, .*; 3 could not be written\n$/);
  deepEqual(await Array.fromAsync(Deno.readDir(join(folder.path, "elsewhere"))), []);
});

Deno.test("export takes no folder of anybody else, and says what to do", async () => {
  await using folder = await temporaryFolder();
  const [data, to] = [join(folder.path, "data"), join(folder.path, "to")];
  {
    await using storage = await openStorage({ data, database: undefined, clock });
    await filled(storage);
  }
  await Deno.mkdir(to);
  await Deno.writeTextFile(join(to, "letter.txt"), "mine");
  for (
    const [args, message] of [
      [["--data", data, "--to", to], /has other files, such as "letter\.txt"/],
      [["--data", data, "--to", data], /has other files, such as/],
      [["--data", data], /Name a folder with --to/],
      [["--data", data, "--to", join(to, "letter.txt", "below")], /Cannot write to the folder/],
    ] as const
  ) {
    const { code, out, err } = await ran("export", args);
    equal(code, 2, err);
    equal(out, "");
    match(err, message);
  }
});

Deno.test("export holds beside a server that replaces and removes files all the time", async () => {
  await using folder = await temporaryFolder();
  const [data, to] = [join(folder.path, "data"), join(folder.path, "to")];
  await using storage = await openStorage({ data, database: undefined, clock });
  const given = await filled(storage);
  const [old, account] = [given[0]?.clientId ?? newId(), given.at(-1)?.clientId ?? newId()];
  const stop = new AbortController();
  const writing = (async () => {
    for (let round = 0; !stop.signal.aborted; round++) {
      await sent(storage, { clientId: old, path: "small.bin", size: 500 + round });
      await put(storage, { clientId: account, path: "pictures/one.raw", size: 80_000 + round });
      await put(storage, { clientId: account, path: "passing", size: 100_000 });
      await storage.tree.remove({ clientId: account, path: "passing" });
    }
  })();
  try {
    for (let round = 0; round < 5; round++) {
      const { code, out, err } = await ran("export", ["--data", data, "--to", to]);
      equal(code, 0, out + err);
    }
  } finally {
    stop.abort();
    await writing;
  }
});
