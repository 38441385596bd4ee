import assert from "node:assert/strict";
import { dirname, join } from "node:path";

import { cksumOf } from "../../../shared/crypto/cksum.ts";
import type { FileVersion } from "../catalog.ts";
import type { Storage } from "../storage.ts";
import { commitVersion } from "./commit_version.ts";
import { DiskStore } from "../disk/disk_store.ts";
import { MemoryStore } from "../testing/memory_store.ts";
import { pathNameOf } from "../names/path_name.ts";
import { recover } from "./recover.ts";
import { SqliteCatalog } from "../sqlite/sqlite_catalog.ts";
import { temporaryFolder } from "../testing/temporary_folder.ts";

const ID = new Uint8Array(16).fill(0xa1);
const PATH = pathNameOf(ID, "a.txt");
const checksum = cksumOf;

async function versionOf(text: string): Promise<FileVersion> {
  const sum = await cksumOf(new Blob([text]).stream());
  return { clientId: ID, fileName: "a.txt", pathName: PATH, size: text.length, checksum: sum };
}

/** How a text is committed. */
interface Commit {
  /** Whether the catalog keeps it. Nobody syncs it then. */
  readonly kept?: boolean;
  readonly mortal?: Mortal;
}

async function commitText(
  { catalog, store }: Storage,
  text: string,
  { kept = false, mortal = immortal }: Commit = {},
): Promise<void> {
  const staged = await store.stage();
  await staged.write(new TextEncoder().encode(text));
  const writeBack = kept ? { room: () => Promise.resolve(true), add() {} } : undefined;
  const storage = { catalog: mortal(catalog), store: mortal(store), writeBack };
  await commitVersion(storage, mortal(staged), await versionOf(text));
}

/** Takes away the contents that nobody has synced, as a loss of power may. */
async function losePower({ catalog }: Storage, root: string): Promise<void> {
  for (const { pathName } of await catalog.unsynced()) {
    await Deno.remove(join(root, pathName)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

async function open(root: string): Promise<Storage & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await DiskStore.open({ root }));
  const catalog = opened.use(await SqliteCatalog.open({ path: join(root, "defensive.db") }));
  const kept = opened.move();
  return { store, catalog, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The life of a first server on `root`, which knows one client, up to wherever `work` takes it. */
async function firstLife<T>(root: string, work: (storage: Storage) => Promise<T>): Promise<T> {
  await using storage = await open(root);
  await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  return await work(storage);
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
  assert.deepEqual(await storage.catalog.unsynced(), []);
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

const OLD = [undefined, "old", "an older version"];
const none = {
  rolledForward: [],
  restored: [],
  withdrawn: [],
  lost: [],
  missing: [],
  wrongSize: [],
};

const nameOf = (old: string | undefined): string =>
  old === undefined ? "no old version" : `an old version of ${old.length} bytes`;

for (const old of OLD) {
  Deno.test(`recover() finds the old or the new version whole after a crash at any moment of a commit, with ${nameOf(old)}`, async () => {
    const found: (string | undefined)[] = [];
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      done = await firstLife(root, async (storage) => {
        if (old !== undefined) await commitText(storage, old);
        return await survives(commitText(storage, "new", { mortal: dyingAt(moment) }));
      });
      await using storage = await open(root);
      const first = await recover({ ...storage, checksum });
      assert.deepEqual([first.missing, first.wrongSize, first.lost], [[], [], []]);
      assert.ok(first.rolledForward.length + first.withdrawn.length <= 1);
      const text = await wholeText(storage, root);
      found.push(text);
      if (done) assert.equal(text, "new");
      const second = await recover({ ...storage, checksum });
      assert.deepEqual(second, { ...none, swept: 0 });
      assert.equal(await wholeText(storage, root), text);
    }
    // Two moments for each of the five steps, and the run that came to its end: the new version
    // counts from the moment when it is in place.
    assert.deepEqual(found, [...Array(7).fill(old), "new", "new", "new", "new"]);
  });
}

for (const old of OLD) {
  Deno.test(`recover() finds a version that the catalog keeps after a loss of power at any moment, with ${nameOf(old)}`, async () => {
    const found: (string | undefined)[] = [];
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      done = await firstLife(root, async (storage) => {
        if (old !== undefined) await commitText(storage, old);
        const commit = commitText(storage, "new", { kept: true, mortal: dyingAt(moment) });
        const survived = await survives(commit);
        await losePower(storage, root);
        return survived;
      });
      await using storage = await open(root);
      const first = await recover({ ...storage, checksum });
      const text = await wholeText(storage, root);
      found.push(text);
      assert.equal(first.restored.length, text === "new" ? 1 : 0);
      assert.deepEqual({ ...first, restored: [], swept: 0 }, { ...none, swept: 0 });
      assert.deepEqual(await recover({ ...storage, checksum }), { ...none, swept: 0 });
      assert.equal(await wholeText(storage, root), text);
    }
    // Two moments for each of the five steps, and the run that came to its end: the new version counts
    // from the moment when the catalog has it.
    assert.deepEqual(found, [...Array(7).fill(old), "new", "new", "new", "new"]);
  });
}

Deno.test("recover() finds the newest of versions that were kept and not, in whatever order", async () => {
  for (const first of [true, false]) {
    // The other way is taken second, up to each of its moments.
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      done = await firstLife(root, async (storage) => {
        await commitText(storage, "old", { kept: first });
        const commit = commitText(storage, "new", { kept: !first, mortal: dyingAt(moment) });
        const survived = await survives(commit);
        // Where the new version has taken its place, synced, there is nothing else to lose.
        if (!first || moment < 7) await losePower(storage, root);
        return survived;
      });
      await using storage = await open(root);
      await recover({ ...storage, checksum });
      const isNew = moment >= 7;
      assert.equal(await wholeText(storage, root), isNew ? "new" : "old", `${first} ${moment}`);
    }
  }
});

Deno.test("recover() leaves with the catalog what cannot take its place, and reports it missing", async () => {
  await using folder = await temporaryFolder();
  await using storage = await open(folder.path);
  await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  await commitText(storage, "text", { kept: true });
  const path = join(folder.path, PATH);
  await Deno.remove(path);
  const blocks = [
    { make: () => Deno.mkdir(path), at: path },
    { make: () => Deno.writeTextFile(dirname(path), "no folder"), at: dirname(path) },
  ];
  for (const { make, at } of blocks) {
    if (at !== path) await Deno.remove(at);
    await make();
    const blocked = await recover({ ...storage, checksum });
    assert.deepEqual([blocked.restored.length, blocked.missing.length], [0, 1]);
    await Deno.remove(at);
  }
  assert.equal((await recover({ ...storage, checksum })).restored.length, 1);
  assert.equal(await wholeText(storage, folder.path), "text");
});

Deno.test("recover() can be interrupted at any moment while it restores", async () => {
  for (let moment = 0, done = false; !done; moment++) {
    await using folder = await temporaryFolder();
    const root = folder.path;
    done = await firstLife(root, async (storage) => {
      await commitText(storage, "old");
      await commitText(storage, "new", { kept: true });
      await losePower(storage, root);
      const mortal = dyingAt(moment);
      const [catalog, store] = [mortal(storage.catalog), mortal(storage.store)];
      return await survives(recover({ catalog, store, checksum }));
    });
    await using storage = await open(root);
    await recover({ ...storage, checksum });
    assert.equal(await wholeText(storage, root), "new");
  }
});

Deno.test("recover() can be interrupted at any moment itself", async () => {
  for (const commitMoment of [6, 7, 8]) {
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      await firstLife(root, async (storage) => {
        await commitText(storage, "old");
        const commit = commitText(storage, "new", { mortal: dyingAt(commitMoment) });
        assert.equal(await survives(commit), false);
      });
      {
        await using storage = await open(root);
        const mortal = dyingAt(moment);
        const [catalog, store] = [mortal(storage.catalog), mortal(storage.store)];
        done = await survives(recover({ catalog, store, checksum }));
      }
      await using storage = await open(root);
      await recover({ ...storage, checksum });
      assert.equal(await wholeText(storage, root), commitMoment < 7 ? "old" : "new");
    }
  }
});

Deno.test("recover() reports what it did by name", async () => {
  for (const [moment, list] of [[6, "withdrawn"], [7, "rolledForward"]] as const) {
    await using folder = await temporaryFolder();
    await firstLife(folder.path, async (storage) => {
      await survives(commitText(storage, "new", { mortal: dyingAt(moment) }));
    });
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
