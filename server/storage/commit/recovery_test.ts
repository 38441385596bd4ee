import assert from "node:assert/strict";
import { dirname, join } from "node:path";

import type { Finding } from "../versions/committer.ts";
import { locationOf } from "../names/location.ts";
import type { SqliteCatalog } from "../sqlite/sqlite_catalog.ts";
import { temporaryFolder } from "../../../tests/peers/temporary_folder.ts";
import { testCrashedCommits } from "../../../tests/storage/crashed_commits.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import {
  committerOf,
  commitText,
  dyingAt,
  firstLife,
  ID,
  losePower,
  open,
  PATH,
  recover,
  survives,
  unsyncing,
  versionOf,
  wholeText,
} from "../../../tests/storage/short_lives.ts";

function namesOf(findings: readonly Finding[] = []): readonly string[] {
  return findings.flatMap((finding) => "file" in finding ? [finding.file.fileName] : []);
}

const bytesIn = (contents: ReadableStream<Uint8Array>) =>
  contents as ReadableStream<Uint8Array<ArrayBuffer>>;

// With a version that has the size of the new one, in tests/long/.
testCrashedCommits([undefined, "an older version"]);

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

Deno.test("recover() takes nothing for durable that it could not sync", async () => {
  for (const kept of [false, true]) {
    await using folder = await temporaryFolder();
    await firstLife(folder.path, async (storage) => {
      if (kept) await commitText(storage, "new", { kept });
      // It is placed, and the process ends before it is recorded.
      else await survives(commitText(storage, "new", { mortal: dyingAt(9) }));
    });
    await using storage = await open(folder.path);
    const { catalog, store } = storage;
    await assert.rejects(recover({ catalog, store: unsyncing(store) }), /The disk is gone/);
    const [intents, pending] = await Promise.all([
      catalog.intents(ID, 9),
      catalog.pending({ clientId: ID, limit: 9 }),
    ]);
    assert.deepEqual([intents.length, pending.length], kept ? [0, 1] : [1, 0]);
    assert.deepEqual(Object.keys(await recover(storage)), [kept ? "restored" : "recorded"]);
    assert.equal(await wholeText(storage, folder.path), "new");
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
