import assert from "node:assert/strict";
import { dirname, join } from "node:path";

import { cksumOf } from "../../../shared/cksum/cksum.ts";
import type { FileVersion } from "../catalog.ts";
import type { Finding } from "../committer.ts";
import { DiskStore } from "../disk/disk_store.ts";
import { locationOf } from "../names/location.ts";
import { SqliteCatalog } from "../sqlite/sqlite_catalog.ts";
import { temporaryFolder } from "../testing/temporary_folder.ts";
import { LocalCommitter } from "./local_committer.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const ID = clientIdOf(new Uint8Array(16).fill(0xa1));
const PATH = locationOf(ID, "a.txt");

async function versionOf(text: string): Promise<FileVersion> {
  const sum = await cksumOf(new Blob([text]).stream());
  return {
    ...{ clientId: ID, fileName: "a.txt", location: PATH, size: text.length, checksum: sum },
    verified: true,
  };
}

/** A catalog and a store that can do all that a committer asks for. */
interface Parts {
  readonly catalog: SqliteCatalog;
  readonly store: DiskStore;
}

function committerOf({ catalog, store }: Parts, { small = true } = {}): LocalCommitter {
  return new LocalCommitter({
    catalog,
    store,
    checksum: cksumOf,
    clock: SYSTEM_CLOCK,
    ...(small && { small: { journal: catalog, store } }),
  });
}

/** A store of which nothing is synced later. */
function unsyncing(store: DiskStore): DiskStore {
  return new Proxy(store, {
    get(_, key) {
      if (key === "sync") return () => Promise.reject(new Error("The disk is gone"));
      const value: unknown = Reflect.get(store, key);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
}

/** The findings of a recovery by kind, without trivial "settled" and "looked-up". */
async function recover(parts: Parts): Promise<Record<string, readonly Finding[]>> {
  const found: Record<string, Finding[]> = {};
  for await (const finding of committerOf(parts).recover(new AbortController().signal)) {
    if (finding.kind === "failed") throw finding.error;
    if (finding.kind === "settled" && finding.swept === 0) continue;
    if (finding.kind !== "looked-up") (found[finding.kind] ??= []).push(finding);
  }
  return found;
}

/** How a text is committed. */
interface Commit {
  /** Whether the journal has it. It is not synced then. */
  readonly kept?: boolean;
  readonly mortal?: Mortal;
}

async function commitText(
  { catalog, store }: Parts,
  text: string,
  { kept = false, mortal = immortal }: Commit = {},
): Promise<void> {
  const staged = await store.stage();
  await staged.write(new TextEncoder().encode(text));
  const parts = { catalog: mortal(catalog), store: mortal(unsyncing(store)) };
  const { location: _, ...sent } = await versionOf(text);
  await using committer = committerOf(parts, { small: kept });
  await committer.commit(mortal(staged), sent);
}

/** Removes the contents that are not known to be synced, as a power failure may. */
async function losePower({ catalog }: Parts, root: string): Promise<void> {
  for (const { location } of await catalog.pending({ clientId: ID, limit: 100 })) {
    await Deno.remove(join(root, location)).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }
}

async function open(root: string): Promise<Parts & AsyncDisposable> {
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await DiskStore.open({ root, clock: SYSTEM_CLOCK }));
  const catalog = opened.use(
    await SqliteCatalog.open({ path: join(root, "defensive.db"), clock: SYSTEM_CLOCK }),
  );
  const kept = opened.move();
  return { store, catalog, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** Runs a first server on `root`, with one client, until `work` ends or crashes. */
async function firstLife<T>(root: string, work: (storage: Parts) => Promise<T>): Promise<T> {
  await using storage = await open(root);
  await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  return await work(storage);
}

/** Copies what is in a folder into another one that exists. */
async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (!isDirectory) await Deno.copyFile(join(from, name), join(to, name));
    else {
      await Deno.mkdir(join(to, name), { mode: 0o700 });
      await copyFolder(join(from, name), join(to, name));
    }
  }
}

/** Stands for the end of the process. */
class Crash extends Error {
  override readonly name = "Crash";
}

type Mortal = <T extends object>(target: T) => T;
const immortal: Mortal = (target) => target;

/**
 * Wraps objects so that the process seems to end at moment number `last`: there is one before and
 * one after each call of an asynchronous method. No call gets through after that.
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
        if (key === "inMemory") return value.bind(target);
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

/** Whether `work` ended before the process did. */
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
async function wholeText(storage: Parts, root: string): Promise<string | undefined> {
  assert.deepEqual(await storage.catalog.intents(ID, 9), []);
  assert.deepEqual(await storage.catalog.pending({ clientId: ID, limit: 9 }), []);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(join(root, "staging"))), []);
  const [file, ...more] = await storage.catalog.files();
  assert.deepEqual(more, []);
  if (file === undefined) {
    assert.equal(await storage.store.size(PATH), undefined);
    return undefined;
  }
  const text = await Deno.readTextFile(join(root, file.location));
  const { storedAt: _, ...version } = file;
  assert.deepEqual(version, await versionOf(text));
  return text;
}

function namesOf(findings: readonly Finding[] = []): readonly string[] {
  return findings.flatMap((finding) => "file" in finding ? [finding.file.fileName] : []);
}

const bytesIn = (contents: ReadableStream<Uint8Array>) =>
  contents as ReadableStream<Uint8Array<ArrayBuffer>>;

const OLD = [undefined, "old", "an older version"];
const nameOf = (old: string | undefined): string =>
  old === undefined ? "no old version" : `an old version of ${old.length} bytes`;

for (const old of OLD) {
  Deno.test(`recover() finds a whole version after any crash, with ${nameOf(old)}`, async () => {
    const found: (string | undefined)[] = [];
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      done = await firstLife(root, async (storage) => {
        if (old !== undefined) await commitText(storage, old);
        return await survives(commitText(storage, "new", { mortal: dyingAt(moment) }));
      });
      await using storage = await open(root);
      const first = await recover(storage);
      const { settled: _, recorded = [], withdrawn = [], ...rest } = first;
      assert.deepEqual(rest, {});
      assert.ok(recorded.length + withdrawn.length <= 1);
      const text = await wholeText(storage, root);
      found.push(text);
      if (done) assert.equal(text, "new");
      const second = await recover(storage);
      assert.deepEqual(second, {});
      assert.equal(await wholeText(storage, root), text);
    }
    // Two crash points for each of the five steps, and the complete run: the new version is current
    // as soon as it is placed.
    assert.deepEqual(found, [...Array(9).fill(old), "new", "new", "new", "new"]);
  });
}

for (const old of OLD) {
  Deno.test(`recover() finds a kept version after a power loss, with ${nameOf(old)}`, async () => {
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
      const first = await recover(storage);
      const text = await wholeText(storage, root);
      found.push(text);
      const { settled: _, restored = [], ...rest } = first;
      assert.equal(restored.length, text === "new" ? 1 : 0);
      assert.deepEqual(rest, {});
      assert.deepEqual(await recover(storage), {});
      assert.equal(await wholeText(storage, root), text);
    }
    // Two crash points for each of the five steps, and the complete run: the new version is current
    // as soon as the catalog has it.
    assert.deepEqual(found, [...Array(9).fill(old), "new", "new", "new", "new"]);
  });
}

Deno.test("recover() finds the newest version, in the catalog or not, in any order", async () => {
  for (const first of [true, false]) {
    // The other way is taken second, up to each of its moments.
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      done = await firstLife(root, async (storage) => {
        await commitText(storage, "old", { kept: first });
        const commit = commitText(storage, "new", { kept: !first, mortal: dyingAt(moment) });
        const survived = await survives(commit);
        // Once the new version is placed and synced, nothing else can be lost.
        if (!first || moment < 9) await losePower(storage, root);
        return survived;
      });
      await using storage = await open(root);
      await recover(storage);
      const isNew = moment >= 9;
      assert.equal(await wholeText(storage, root), isNew ? "new" : "old", `${first} ${moment}`);
    }
  }
});

Deno.test("recover() leaves in the catalog what cannot be placed, and reports it", async () => {
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
    const blocked = await recover(storage);
    assert.deepEqual([blocked["restored"], blocked["missing"]?.length], [undefined, 1]);
    await Deno.remove(at);
  }
  assert.equal((await recover(storage))["restored"]?.length, 1);
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
      return await survives(recover({ catalog, store }));
    });
    await using storage = await open(root);
    await recover(storage);
    assert.equal(await wholeText(storage, root), "new");
  }
});

Deno.test("recover() can be interrupted at any moment itself", async () => {
  for (const commitMoment of [8, 9, 10]) {
    await using crashed = await temporaryFolder();
    await firstLife(crashed.path, async (storage) => {
      await commitText(storage, "old");
      const commit = commitText(storage, "new", { mortal: dyingAt(commitMoment) });
      assert.equal(await survives(commit), false);
    });
    for (let moment = 0, done = false; !done; moment++) {
      await using folder = await temporaryFolder();
      const root = folder.path;
      await copyFolder(crashed.path, root);
      {
        await using storage = await open(root);
        const mortal = dyingAt(moment);
        const [catalog, store] = [mortal(storage.catalog), mortal(storage.store)];
        done = await survives(recover({ catalog, store }));
      }
      await using storage = await open(root);
      await recover(storage);
      assert.equal(await wholeText(storage, root), commitMoment < 9 ? "old" : "new");
    }
  }
});

Deno.test("recover() compares contents when a rename left both names or the old", async () => {
  for (const inPlace of ["new", "old"] as const) {
    await using folder = await temporaryFolder();
    const root = folder.path;
    await firstLife(root, async (storage) => {
      await commitText(storage, "old");
      await survives(commitText(storage, "new", { mortal: dyingAt(9) }));
      const [intent] = await storage.catalog.intents(ID, 1);
      await Deno.writeTextFile(join(root, "staging", intent?.staged ?? ""), "new");
      await Deno.writeTextFile(join(root, PATH), inPlace);
    });
    await using storage = await open(root);
    const { settled, ...rest } = await recover(storage);
    assert.deepEqual(settled, [{ kind: "settled", swept: 1 }]);
    assert.deepEqual(Object.keys(rest), [inPlace === "new" ? "recorded" : "withdrawn"]);
    assert.equal(await wholeText(storage, root), inPlace);
  }
});

Deno.test("recover() reports what it did by name", async () => {
  for (const [moment, list] of [[8, "withdrawn"], [9, "recorded"]] as const) {
    await using folder = await temporaryFolder();
    await firstLife(folder.path, async (storage) => {
      await survives(commitText(storage, "new", { mortal: dyingAt(moment) }));
    });
    await using storage = await open(folder.path);
    const recovery = await recover(storage);
    assert.deepEqual(namesOf(recovery[list]), ["a.txt"]);
    const swept = [{ kind: "settled", swept: 1 }];
    assert.deepEqual(recovery["settled"], list === "withdrawn" ? swept : undefined);
  }
});

Deno.test("recover() reports missing files and wrong sizes, and keeps their rows", async () => {
  await using folder = await temporaryFolder();
  await using storage = await open(folder.path);
  await storage.catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  await commitText(storage, "text");
  const files = await storage.catalog.files();
  await Deno.writeTextFile(join(folder.path, PATH), "longer text");
  const [file] = files;
  assert.deepEqual(await recover(storage), { "wrong-size": [{ kind: "wrong-size", file }] });
  await Deno.remove(join(folder.path, PATH));
  assert.deepEqual(await recover(storage), { missing: [{ kind: "missing", file }] });
  assert.deepEqual(await storage.catalog.files(), files);
});

Deno.test("recover() takes a path that leads elsewhere for one without contents", async () => {
  await using folder = await temporaryFolder();
  await using storage = await open(folder.path);
  const { catalog } = storage;
  await catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  const version = await versionOf("text");
  const staged = `${"1".repeat(32)}.part`;
  await catalog.record({ ...version, location: "received_files/../defensive.db" });
  await catalog.intend({ ...version, fileName: "b", location: "/etc/passwd", staged });
  const recovery = await recover(storage);
  assert.deepEqual(namesOf(recovery["missing"]), ["a.txt"]);
  assert.deepEqual(namesOf(recovery["lost"]), ["b"]);
});

Deno.test("recover() continues with other clients if one's files cannot be settled", async () => {
  await using folder = await temporaryFolder();
  await using storage = await open(folder.path);
  const { catalog, store } = storage;
  const ids = [1, 2, 3].map((n) => clientIdOf(new Uint8Array(16).fill(n)));
  const version = await versionOf("text");
  for (const [n, clientId] of ids.entries()) {
    await catalog.register({ id: clientId, name: `client ${n}`, revision: "2024a" });
    const location = locationOf(clientId, "a.txt");
    await catalog.intend({ ...version, clientId, location, staged: `${`${n}`.repeat(32)}.part` });
  }
  let broken = true;
  const failure = new Error("The disk is gone");
  const isStaged = (name: string) =>
    broken && name.startsWith("1") ? Promise.reject(failure) : store.isStaged(name);
  const failing = new Proxy(store, {
    get(_, key) {
      if (key === "isStaged") return isStaged;
      const value: unknown = Reflect.get(store, key);
      return typeof value === "function" ? value.bind(store) : value;
    },
  });
  const committer = committerOf({ catalog, store: failing }, { small: false });
  const found = await Array.fromAsync(committer.recover(new AbortController().signal));
  assert.deepEqual(found.map(({ kind }) => kind), [
    "lost",
    "failed",
    "lost",
    "settled",
    "looked-up",
  ]);
  const [, second = ID] = ids;
  // Its next commit, or reader, tries once more.
  await assert.rejects(committer.open(second, "a.txt"), failure);
  assert.equal((await catalog.intents(second, 9)).length, 1);
  broken = false;
  assert.equal(await committer.open(second, "a.txt"), undefined);
  assert.equal((await catalog.intents(second, 9)).length, 0);
});

Deno.test("recover() settles a client's files before its first commit", async () => {
  await using folder = await temporaryFolder();
  await firstLife(folder.path, async (storage) => {
    await commitText(storage, "old");
    await survives(commitText(storage, "new", { mortal: dyingAt(9) }));
  });
  await using storage = await open(folder.path);
  const { catalog, store } = storage;
  // Placed but not recorded: it is read and replaced before the recovery reaches it.
  assert.equal((await catalog.file(ID, "a.txt"))?.size, 3);
  await using committer = committerOf(storage, { small: false });
  const findings = committer.recover(new AbortController().signal)[Symbol.asyncIterator]();
  const opened = await committer.open(ID, "a.txt");
  assert.equal(opened && await new Response(bytesIn(opened.contents)).text(), "new");
  const staged = await store.stage();
  await staged.write(new TextEncoder().encode("newest"));
  const { location: _, ...sent } = await versionOf("newest");
  await committer.commit(staged, sent);
  const kinds: string[] = [];
  for (let next; !(next = await findings.next()).done;) kinds.push(next.value.kind);
  assert.deepEqual(kinds, ["recorded", "settled", "looked-up"]);
  assert.equal(await wholeText(storage, folder.path), "newest");
});

Deno.test("recover() ends when it is told to stop, and leaves the rest to the next", async () => {
  await using folder = await temporaryFolder();
  await using storage = await open(folder.path);
  const { catalog } = storage;
  const version = await versionOf("text");
  await catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  for (let n = 0; n < 120; n++) {
    await catalog.record({ ...version, fileName: `${n}`, location: locationOf(ID, `${n}`) });
  }
  const stopping = new AbortController();
  const kinds: string[] = [];
  for await (const { kind } of committerOf(storage).recover(stopping.signal)) {
    kinds.push(kind);
    if (kind === "missing") stopping.abort();
  }
  // The slice that it was at is looked up.
  assert.deepEqual(kinds, ["settled", ...Array(50).fill("missing")]);
});

Deno.test("recover() reports nothing of a file that is replaced during its look-up", async () => {
  await using folder = await temporaryFolder();
  await using storage = await open(folder.path);
  const { catalog, store } = storage;
  await catalog.register({ id: ID, name: "Alice", revision: "2024a" });
  await commitText(storage, "old");
  let committed: Promise<void> | undefined;
  // The page has the old version when the new one is committed.
  const files: SqliteCatalog["files"] = async (page) => {
    const listed = await catalog.files(page);
    committed ??= commitText(storage, "another");
    await committed;
    return listed;
  };
  const slow = new Proxy(catalog, {
    get(_, key) {
      if (key === "files") return files;
      const value: unknown = Reflect.get(catalog, key);
      return typeof value === "function" ? value.bind(catalog) : value;
    },
  });
  assert.deepEqual(await recover({ catalog: slow, store }), {});
});
