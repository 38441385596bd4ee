import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openEntry } from "../../server/storage/trees/open_entry.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import type { TreeStorage } from "../../server/storage/storage.ts";
import { append, leaves } from "../storage/uploaded_contents.ts";
import { readAll } from "../storage/trees_under_test.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { databaseIn } from "../end_to_end/fixtures/data_folder.ts";
import { CLIENT, commitUpload, type StepNote } from "./take_tree_steps.ts";
import { contentsOf, statesAfter, type TreeState, UPLOAD } from "./tree_steps.ts";

/**
 * Fails unless a data folder, found after a crash, has all that was promised: each step is there as
 * a whole or not at all, and those that were done are; no offset that was told has gone back; the
 * upload goes on; and nothing is left that no row knows.
 */
export async function checkTrees(data: string, notes: readonly StepNote[]): Promise<void> {
  const states = statesOf(notes);
  let ahead = 0;
  const date = () => new Date(SYSTEM_CLOCK.date().getTime() + ahead);
  {
    const clock = { ...SYSTEM_CLOCK, date };
    await using storage = await openStorage({ data, database: undefined, clock });
    if (!notes.some(({ kind }) => kind === "registered")) return;
    const found = await stateIn(storage);
    assert(
      states.some((state) => isSame(state, found)),
      `Found ${JSON.stringify([...found])}, not ${JSON.stringify(states.map((one) => [...one]))}`,
    );
    await goOn(storage, notes);
    // Twice: what the first sweep has released is removed by the second.
    for (let n = 0; n < 2; n++) {
      await storage.contents.sweep();
      ahead += 3_600_000;
    }
    await stateIn(storage);
  }
  await checkRows(data);
}

/** The states in which the tree may be. */
function statesOf(notes: readonly StepNote[]): readonly TreeState[] {
  let states: readonly TreeState[] = [new Map()];
  for (const note of notes) {
    const [last = new Map()] = states.slice(-1);
    if (note.kind === "begun") states = statesAfter(note.step, last);
    else if (note.kind === "done") states = states.slice(-1);
  }
  return states;
}

/** The files of the tree, each of which has to have its contents. */
async function stateIn(storage: TreeStorage): Promise<TreeState> {
  const state = new Map<string, number>();
  const { tree } = storage;
  for (const { path, kind } of await tree.list({ clientId: CLIENT, recursive: true, limit: 999 })) {
    if (kind !== "file") continue;
    const opened = await openEntry(storage, { clientId: CLIENT, path });
    assert(opened !== undefined, path);
    const { size } = opened.entry;
    assert.equal(opened.contents.size, size, path);
    const read = await readAll(opened.contents.stream());
    assert(sameContents(read, contentsOf({ size })), `${path} has other contents`);
    state.set(path, size);
  }
  return state;
}

/** Goes on with the upload, and commits it, unless it was. */
async function goOn(storage: TreeStorage, notes: readonly StepNote[]): Promise<void> {
  const id = notes.flatMap((note) => note.kind === "upload" ? [note.id] : [])[0];
  if (id === undefined) return;
  const key = { clientId: CLIENT, id };
  const upload = await storage.uploads.find(key);
  assert(upload !== undefined, "The upload is there");
  if (upload.committed !== undefined) return;
  const told = notes.flatMap((note) => note.kind === "told" ? [note.offset] : []).at(-1) ?? 0;
  assert(upload.offset >= told, `The offset is ${upload.offset}, ${told} was told`);
  const content = contentsOf(UPLOAD);
  const kept = await readAll(await storage.uploads.leaves(key));
  assert(sameContents(kept, leaves(content.subarray(0, upload.offset))), "The leaves are right");
  const opened = await storage.uploads.open(key);
  await append(opened, content);
  await opened.end("whole");
  await commitUpload(storage, key);
}

/** Fails unless the database is sound, its counters are right, and all files are known to it. */
async function checkRows(data: string): Promise<void> {
  using database = new DatabaseSync(databaseIn(data), { readOnly: true });
  const rows = (query: string) =>
    database.prepare(query).all().map((row) => Object.values(row).join(" "));
  assert.deepEqual(rows("PRAGMA integrity_check"), ["ok"]);
  assert.deepEqual(rows("PRAGMA foreign_key_check"), []);
  assert.deepEqual(rows("SELECT Key FROM under_way UNION ALL SELECT Key FROM garbage"), []);
  assert.deepEqual(rows("SELECT EntryID FROM entries WHERE Parent < 0"), []);
  const counted = "SELECT count(*), coalesce(sum(Size), 0) FROM entries";
  assert.deepEqual(rows("SELECT Files, Bytes FROM totals"), rows(counted));
  assert.deepEqual(rows("SELECT Files, Bytes FROM clients"), rows(counted));
  const small = "SELECT 'r' || Row FROM small_contents ORDER BY 1";
  assert.deepEqual(
    rows(small),
    rows("SELECT Contents FROM entries WHERE Contents LIKE 'r%' ORDER BY 1"),
  );
  assert.deepEqual(
    await filesIn(join(data, "contents")),
    rows("SELECT Contents FROM entries WHERE Contents NOT LIKE 'r%' ORDER BY 1"),
  );
}

/** The keys of all contents in a folder. */
async function filesIn(folder: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { name: first } of Deno.readDir(folder)) {
    for await (const { name } of Deno.readDir(join(folder, first))) keys.push(first + name);
  }
  return keys.sort();
}

function isSame(a: TreeState, b: TreeState): boolean {
  return a.size === b.size && [...a].every(([path, size]) => b.get(path) === size);
}

function sameContents(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
