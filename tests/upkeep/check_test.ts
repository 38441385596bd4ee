import { deepEqual, doesNotMatch, equal, match, notEqual } from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { openStorage } from "../../server/storage/open_storage.ts";
import { type TemporaryFolder, temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import type { JsonCheck } from "../../server/upkeep/check/run_check.ts";
import { clientIdText } from "../../shared/wire/client_id.ts";
import { filled, type Given, sent } from "./filled.ts";
import { ran } from "./ran.ts";

const clock = SYSTEM_CLOCK;

/** A data folder that a server has left, with files of both protocols. */
async function leftFolder(): Promise<TemporaryFolder & { readonly given: readonly Given[] }> {
  const folder = await temporaryFolder();
  await using storage = await openStorage({ data: folder.path, database: undefined, clock });
  return { ...folder, given: await filled(storage) };
}

/** The paths of all files below a folder, with sizes and times of change. */
async function namesBelow(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) names.push(...await namesBelow(path));
    const { size, mtime } = await Deno.stat(path);
    names.push(`${path} ${isDirectory ? "" : size} ${mtime?.getTime()}`);
  }
  return names.sort();
}

async function checked(data: string, ...args: readonly string[]): Promise<JsonCheck> {
  const { code, out, err } = await ran("check", ["--data", data, "--json", ...args]);
  equal(err, "");
  const result: JsonCheck = JSON.parse(out);
  equal(code, result.ok ? 0 : 1);
  return result;
}

/** Finds the file of contents by key of this size. */
async function keyedFile(data: string, size: number): Promise<{ path: string; key: string }> {
  for (const line of await namesBelow(join(data, "contents"))) {
    const found = / (\d+) \d+$/.exec(line);
    if (Number(found?.[1]) !== size) continue;
    const path = line.slice(0, found?.index);
    return { path, key: path.slice(join(data, "contents").length).replaceAll(/[\\/]/g, "") };
  }
  throw new Error(`There are no contents of ${size} bytes`);
}

Deno.test("check finds all as it is, with a server and without, and changes nothing", async () => {
  await using folder = await leftFolder();
  const before = await namesBelow(folder.path);
  const { code, out, err } = await ran("check", ["--data", folder.path]);
  equal(err, "");
  equal(code, 0);
  match(out, /^Checked 9 files, 3\.3 MiB: all as they are on record\n$/);
  deepEqual(await namesBelow(folder.path), before);
  await using _storage = await openStorage({ data: folder.path, database: undefined, clock });
  const bytes = folder.given.reduce((sum, { content }) => sum + content.length, 0);
  deepEqual(await checked(folder.path), {
    ...{ ok: true, files: 9, of: 9, bytes, seed: null, faultCount: 0, faults: [] },
  });
});

Deno.test("check names what is missing or changed, and contents that are nobody's", async () => {
  await using folder = await leftFolder();
  const id = clientIdText(folder.given[0]?.clientId ?? new Uint8Array() as never);
  const account = clientIdText(folder.given.at(-1)?.clientId ?? new Uint8Array() as never);
  const received = join(folder.path, "received_files", id);
  await Deno.remove(join(received, "small.bin"));
  await Deno.truncate(join(received, "large.bin"), 199_999);
  await Deno.writeFile(join(received, "file (2)"), new Uint8Array(20));
  await Deno.writeTextFile(join(received, "stranger"), "?");
  const one = await keyedFile(folder.path, 70_000);
  const content = await Deno.readFile(one.path);
  content.set([1, 2, 3, 4], 69_000);
  await Deno.writeFile(one.path, content);
  const nobodys = `${"4e".repeat(16)}`;
  await Deno.mkdir(join(folder.path, "contents", "4e"), { recursive: true });
  await Deno.writeTextFile(join(folder.path, "contents", "4e", nobodys.slice(2)), "?");
  const { faults, faultCount } = await checked(folder.path);
  equal(faultCount, 6);
  deepEqual(
    faults.map(({ kind, what }) => `${kind} ${what}`).sort(),
    [
      `checksum ${account}/pictures/one.raw`,
      `checksum ${id}/file`,
      `missing ${id}/small.bin`,
      `nobody's ${nobodys}`,
      `nobody's received_files/${id}/stranger`,
      `size ${id}/large.bin`,
    ].sort(),
  );
  const { code, out } = await ran("check", ["--data", folder.path]);
  equal(code, 1);
  match(out, new RegExp(`^missing     ${id}/small.bin: it has no contents$`, "m"));
  match(out, /its contents have 199999 bytes in place of 200000/);
  match(out, /6 faults\n$/);
});

Deno.test("check takes what the next start settles for no fault, and nothing else", async () => {
  await using folder = await leftFolder();
  const id = clientIdText(folder.given[0]?.clientId ?? new Uint8Array() as never);
  const path = join(folder.path, "received_files", id, "large.bin");
  const database = new DatabaseSync(join(folder.path, "defensive.db"));
  // As a crash leaves it between the move of a file to its place and its row.
  database.exec(
    "INSERT INTO intents (Staged, ID, FileName, PathName, FoldedPath, Size, Checksum)" +
      " SELECT 'a.part', ID, FileName, PathName, FoldedPath, 3, 3539770229 FROM files" +
      " WHERE FileName = 'large.bin'",
  );
  // As it leaves a small file that was not synced.
  database.exec(
    "INSERT INTO unsynced (ID, FileName, Staged, Contents)" +
      " SELECT ID, FileName, 'b.part', x'' FROM files WHERE FileName = 'empty'",
  );
  database.close();
  await Deno.remove(join(folder.path, "received_files", id, "empty"));
  await Deno.writeTextFile(path, "new");
  const { cksumOf } = await import("../../shared/cksum/cksum.ts");
  const sum = await cksumOf(new Blob(["new"]).stream());
  const again = new DatabaseSync(join(folder.path, "defensive.db"));
  again.prepare("UPDATE intents SET Checksum = ?").run(sum);
  again.close();
  deepEqual((await checked(folder.path)).faults, []);
  await Deno.writeTextFile(path, "bad");
  deepEqual((await checked(folder.path)).faults.map(({ kind }) => kind), ["size"]);
});

Deno.test("a sample of check has the size asked for, and follows from its seed", async () => {
  await using folder = await leftFolder();
  const broken = join(
    folder.path,
    "received_files",
    clientIdText(folder.given[0]?.clientId ?? new Uint8Array() as never),
    "small.bin",
  );
  await Deno.remove(broken);
  const found = await Promise.all(
    Array.from(
      { length: 20 },
      (_, seed) => checked(folder.path, "--sample", "3", "--seed", `${seed}`),
    ),
  );
  deepEqual(found.map(({ files, of }) => [files, of]), found.map(() => [3, 3]));
  // A third of the samples have the missing file: that all 20 are alike is one in 3,000.
  notEqual(new Set(found.map(({ faultCount }) => faultCount)).size, 1);
  const [first] = found;
  deepEqual(await checked(folder.path, "--sample", "3", "--seed", "0"), first);
  equal((await checked(folder.path, "--sample", "100")).files, 9);
  const { out } = await ran("check", ["--data", folder.path, "--sample", "2"]);
  match(out, /^(missing .*\n)?Checked 2 files, .* \(a sample: --seed \d+\): /);
});

Deno.test("check holds beside a server that replaces and removes files all the time", async () => {
  await using folder = await leftFolder();
  await using storage = await openStorage({ data: folder.path, database: undefined, clock });
  const clientId = folder.given[0]?.clientId;
  if (clientId === undefined) throw new Error("There is no client");
  const stop = new AbortController();
  const writing = (async () => {
    for (let round = 0; !stop.signal.aborted; round++) {
      // Both ways: through the journal, and placed before they are recorded.
      await sent(storage, { clientId, path: "small.bin", size: 500 + round });
      await sent(storage, { clientId, path: "large.bin", size: 100_000 + round });
      await sent(storage, { clientId, path: `new${round % 50}`, size: 70_000 });
    }
  })();
  try {
    for (let look = 0; look < 6; look++) deepEqual((await checked(folder.path)).faults, []);
  } finally {
    stop.abort();
    await writing;
  }
});

Deno.test("check says what to do where it cannot begin", async () => {
  await using folder = await temporaryFolder();
  for (
    const [args, message] of [
      [["--data", join(folder.path, "none")], /The database .* cannot|No such file|failed with/],
      [["--sample", "0"], /--sample/],
      [["--database", "postgres://u@127.0.0.1:1/x?sslmode=disable"], /postgres:\/\/127\.0\.0\.1:1/],
    ] as const
  ) {
    const { code, out, err } = await ran("check", args);
    equal(code, 2, err);
    equal(out, "");
    match(err, message);
    doesNotMatch(err, /\n\s+at /);
  }
  const help = await ran("check", ["--help"]);
  equal(help.code, 0);
  match(help.out, /deno task check/);
});

Deno.test("check shows on a terminal how far it has got", async () => {
  await using folder = await leftFolder();
  const { err } = await ran("check", ["--data", folder.path], { isTerminal: true });
  match(err, /\r.*1 of 9 files/);
  equal(err.endsWith("\r\x1b[K"), true);
});
