import assert from "node:assert/strict";
import { join } from "node:path";

import { cksumOf } from "../../shared/crypto/cksum.ts";
import type { FileVersion } from "./catalog.ts";
import { commitVersion, type Storage } from "./commit.ts";
import { DiskStore } from "./disk/disk_store.ts";
import { MemoryStore } from "./memory_store.ts";
import { pathNameOf } from "./path_name.ts";
import { recover } from "./recover.ts";
import { SqliteCatalog } from "./sqlite/sqlite_catalog.ts";
import { temporaryFolder } from "./temporary_folder.ts";

const ID = new Uint8Array(16).fill(0xa1);
const PATH = pathNameOf(ID, "a.txt");
const checksum = cksumOf;

async function versionOf(text: string): Promise<FileVersion> {
  const sum = await cksumOf(new Blob([text]).stream());
  return { clientId: ID, fileName: "a.txt", pathName: PATH, size: text.length, checksum: sum };
}

async function commitText(storage: Storage, text: string, mortal = immortal): Promise<void> {
  const staged = await storage.store.stage();
  await staged.write(new TextEncoder().encode(text));
  await commitVersion(
    { catalog: mortal(storage.catalog), store: mortal(storage.store) },
    mortal(staged),
    await versionOf(text),
  );
}

async function open(root: string): Promise<Storage & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await DiskStore.open({ root }));
  const catalog = opened.use(await SqliteCatalog.open({ path: join(root, "defensive.db") }));
  const kept = opened.move();
  return { store, catalog, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Stands for the end of the process. */
class Crash extends Error {
  override readonly name = "Crash";
}

type Mortal = <T extends object>(target: T) => T;
const immortal: Mortal = (target) => target;

/**
 * Wraps objects so that the process seems to end at moment number `last`: there is one before and one
 * after each call of an asynchronous method. No call gets through after that.
 */
function dyingAt(last: number): Mortal {
  let moment = 0;
  const live = () => {
    if (moment++ >= last) throw new Crash();
  };
  return <T extends object>(target: T): T =>
    new Proxy(target, {
      get(_, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return async (...values: unknown[]) => {
          live();
          const result: unknown = await value.apply(target, values);
          try {
            live();
          } catch (error) {
            // As the system closes what a process had open.
            if (result instanceof ReadableStream) await result.cancel();
            throw error;
          }
          return result;
        };
      },
    });
}

/** Whether `work` came to its end before the process did. */
async function survives(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    if (error instanceof Crash) return false;
    throw error;
  }
}

/** Asserts that the catalog agrees with the disk and nothing is under way; returns the contents. */
async function wholeText(storage: Storage, root: string): Promise<string | undefined> {
  assert.deepEqual(await storage.catalog.intents(), []);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(join(root, "staging"))), []);
  const [file, ...more] = await storage.catalog.files();
  assert.deepEqual(more, []);
  if (file === undefined) {
    assert.equal(await storage.store.size(PATH), undefined);
    return undefined;
  }
  const text = await Deno.readTextFile(join(root, file.pathName));
  const { verified, storedAt: _, ...version } = file;
  assert.equal(verified, true);
  assert.deepEqual(version, await versionOf(text));
  return text;
}

for (const old of [undefined, "old", "an older version"]) {
  const which = old === undefined ? "no old version" : `an old version of ${old.length} bytes`;
  Deno.test(`recover() finds the old or the new version whole after a crash at any moment of a commit, with ${which}`, async () => {
    const found: (string | undefined)[] = [];
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      {
        await using storage = await open(root);
        await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
        if (old !== undefined) await commitText(storage, old);
        done = await survives(commitText(storage, "new", dyingAt(moment)));
      }
      await using storage = await open(root);
      const first = await recover({ ...storage, checksum });
      assert.deepEqual([first.missing, first.wrongSize, first.lost], [[], [], []]);
      assert.ok(first.rolledForward.length + first.withdrawn.length <= 1);
      const text = await wholeText(storage, root);
      found.push(text);
      if (done) assert.equal(text, "new");
      const second = await recover({ ...storage, checksum });
      const none = { rolledForward: [], withdrawn: [], lost: [], missing: [], wrongSize: [] };
      assert.deepEqual(second, { ...none, swept: 0 });
      assert.equal(await wholeText(storage, root), text);
    }
    // Two moments for each of the four steps, and the run that came to its end: the new version
    // counts from the moment when it is in place.
    assert.deepEqual(found, [...Array(5).fill(old), "new", "new", "new", "new"]);
  });
}

Deno.test("recover() can be interrupted at any moment itself", async () => {
  for (const commitMoment of [4, 5, 6]) {
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      {
        await using storage = await open(root);
        await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
        await commitText(storage, "old");
        assert.equal(await survives(commitText(storage, "new", dyingAt(commitMoment))), false);
      }
      {
        await using storage = await open(root);
        const mortal = dyingAt(moment);
        const [catalog, store] = [mortal(storage.catalog), mortal(storage.store)];
        done = await survives(recover({ catalog, store, checksum }));
      }
      await using storage = await open(root);
      await recover({ ...storage, checksum });
      assert.equal(await wholeText(storage, root), commitMoment < 5 ? "old" : "new");
    }
  }
});

Deno.test("recover() reports what it did by name", async () => {
  for (const [moment, list] of [[4, "withdrawn"], [5, "rolledForward"]] as const) {
    await using folder = await temporaryFolder();
    {
      await using storage = await open(folder.path);
      await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
      await survives(commitText(storage, "new", dyingAt(moment)));
    }
    await using storage = await open(folder.path);
    const recovery = await recover({ ...storage, checksum });
    assert.deepEqual(recovery[list].map(({ fileName }) => fileName), ["a.txt"]);
    assert.equal(recovery.swept, list === "withdrawn" ? 1 : 0);
  }
});

Deno.test("recover() reports verified files that are missing or of another size, and keeps their rows", async () => {
  await using folder = await temporaryFolder();
  await using storage = await open(folder.path);
  await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  await commitText(storage, "text");
  const files = await storage.catalog.files();
  await Deno.writeTextFile(join(folder.path, PATH), "longer text");
  const changed = await recover({ ...storage, checksum });
  assert.deepEqual([changed.missing, changed.wrongSize], [[], files]);
  await Deno.remove(join(folder.path, PATH));
  const removed = await recover({ ...storage, checksum });
  assert.deepEqual([removed.missing, removed.wrongSize], [files, []]);
  assert.deepEqual(await storage.catalog.files(), files);
});

Deno.test("recover() takes a path that leads elsewhere for one without contents", async () => {
  await using catalog = await SqliteCatalog.open({ path: ":memory:" });
  await catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  const version = await versionOf("text");
  const one = `${"1".repeat(32)}.part`;
  const two = `${"2".repeat(32)}.part`;
  const pathName = "received_files/../defensive.db";
  await catalog.intend({ ...version, pathName, staged: one });
  await catalog.record(one);
  await catalog.intend({ ...version, fileName: "b", pathName: "/etc/passwd", staged: two });
  const recovery = await recover({ catalog, store: new MemoryStore(), checksum });
  assert.deepEqual(recovery.missing.map((file) => file.pathName), [pathName]);
  assert.deepEqual(recovery.lost.map((intent) => intent.pathName), ["/etc/passwd"]);
});
