/** A crash after each call that the storage makes of disk and database while a tree changes. */

import { ok } from "node:assert/strict";
import type { ContentFiles } from "../../server/storage/contents/content_files.ts";
import { DiskContentFiles } from "../../server/storage/disk/contents/disk_content_files.ts";
import { KeyedContents } from "../../server/storage/keyed/keyed_contents.ts";
import { KeyedUploads } from "../../server/storage/keyed/keyed_uploads.ts";
import { UPLOAD_TIME } from "../../server/storage/open_trees.ts";
import { DurableDatabase } from "../../server/storage/sqlite/writing/durable_database.ts";
import { SqliteRowDatabase } from "../../server/storage/sqlite/sqlite_row_database.ts";
import { SqlAccounts } from "../../server/storage/sql/accounts/sql_accounts.ts";
import { SqlContentRows } from "../../server/storage/sql/sql_content_rows.ts";
import { SqlTree } from "../../server/storage/sql/entries/sql_tree.ts";
import { SqlUploadRows } from "../../server/storage/sql/uploads/sql_upload_rows.ts";
import type { TreeStorage } from "../../server/storage/storage.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { SeededRandom } from "../chance/seeded_random.ts";
import { databaseIn } from "../end_to_end/fixtures/data_folder.ts";
import { checkTrees } from "./check_trees.ts";
import { copyFolder } from "./copy_folder.ts";
import { type StepNote, takeTreeSteps } from "./take_tree_steps.ts";
import { FEW_TREE_STEPS } from "./tree_steps.ts";

/** Told of a call that has ended, before who made it hears of that. */
type OnCall = (name: string) => Promise<void>;

/** Declares a test of a crash after one call in so many, from a seed. */
export function testTreeCrashPoints({ oneIn }: { readonly oneIn: number }): void {
  const which = oneIn === 1 ? "any call" : `one call in ${oneIn}`;
  Deno.test(`A crash after ${which} of a tree's storage leaves changes whole or none`, async () => {
    await using data = await temporaryFolder();
    const notes: StepNote[] = [];
    const seen = new Set<string>();
    const random = new SeededRandom();
    await using opened = await openWatched(data.path, async (name) => {
      seen.add(name);
      if (!random.oneIn(oneIn)) return;
      await using found = await temporaryFolder();
      await copyFolder(found.path, data.path);
      await Deno.remove(`${databaseIn(found.path)}-shm`);
      await checkTrees(found.path, notes).catch((cause) => {
        throw new Error(`After ${name}, ${JSON.stringify(notes.at(-1))}`, { cause });
      });
    });
    await takeTreeSteps({ ...opened, steps: FEW_TREE_STEPS, note: (note) => notes.push(note) });
    const files = ["files.remove", "files.append", "writer.write", "writer.seal", "writer.sync"];
    for (const call of [...files, "database.write"]) ok(seen.has(call), `${call} in ${[...seen]}`);
  });
}

async function openWatched(data: string, onCall: OnCall) {
  await using resources = new AsyncDisposableStack();
  let ahead = 0;
  const clock = {
    ...SYSTEM_CLOCK,
    date: () => new Date(SYSTEM_CLOCK.date().getTime() + ahead),
  };
  const path = databaseIn(data);
  const plain = resources.use(await DurableDatabase.open({ path, clock }));
  const database = watched("database", plain, { onCall, only: ["write"] });
  const files = watchedFiles(await DiskContentFiles.open(data), onCall);
  const rows = new SqliteRowDatabase(database);
  const run = 1;
  const storage: TreeStorage = {
    accounts: new SqlAccounts(rows, { clock }),
    tree: new SqlTree(rows, { clock }),
    contents: new KeyedContents({ rows: new SqlContentRows(rows, { clock, run }), files }),
    uploads: new KeyedUploads({
      rows: new SqlUploadRows(rows, { clock, run, uploadTime: UPLOAD_TIME }),
      files,
    }),
  };
  const kept = resources.move();
  return {
    storage,
    later: () => ahead += 60_000,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function watchedFiles(files: DiskContentFiles, onCall: OnCall): ContentFiles {
  const writer = <T extends object>(one: T) => watched("writer", one, { onCall });
  const made = {
    create: (key: string) => writer(files.create(key)),
    append: async (part: Parameters<ContentFiles["append"]>[0]) => {
      const appended = await files.append(part);
      await onCall("files.append");
      return writer(appended);
    },
  };
  const others = watched("files", files, { onCall, only: ["remove", "recover"] });
  return new Proxy(others, {
    get: (target, key) => Reflect.get(key in made ? made : target, key),
  });
}

/** Passes calls on, and says so when they have ended: all, or only those of these names. */
function watched<T extends object>(
  part: string,
  target: T,
  { onCall, only }: { readonly onCall: OnCall; readonly only?: readonly string[] },
): T {
  return new Proxy(target, {
    get: (_, key) => {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      if (only !== undefined && !only.includes(String(key))) return value.bind(target);
      return async (...values: unknown[]) => {
        const result: unknown = await value.apply(target, values);
        await onCall(`${part}.${String(key)}`);
        return result;
      };
    },
  });
}
