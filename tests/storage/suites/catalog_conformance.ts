import assert from "node:assert/strict";

import type { Catalog, FileKey } from "../../../server/storage/versions/catalog.ts";
import { locationOf } from "../../../server/storage/names/location.ts";
import {
  ALICE,
  BOB,
  failsWith,
  type OpenCatalog,
  testsOf,
  version,
} from "../catalog_under_test.ts";
import { type ClientId, clientIdOf, NO_CLIENT_ID } from "../../../shared/wire/client_id.ts";

const AES_KEY = new Uint8Array(32).fill(7);

/** Registers the tests for every `Catalog`. `open` is called for each test. */
export function catalogConformance(name: string, open: OpenCatalog<Catalog>): void {
  const test = testsOf(name, open);

  test("knows a client that has registered, and no other", async (catalog) => {
    const client = await catalog.client(ALICE);
    assert.ok(client !== undefined);
    const { lastSeen, ...rest } = client;
    assert.deepEqual(rest, { id: ALICE, name: "Alice", revision: "2024a" });
    assert.ok(Math.abs(Date.now() - lastSeen.getTime()) < 60_000);
    assert.equal(await catalog.client(BOB), undefined);
    assert.equal(await catalog.client(new Uint8Array() as ClientId), undefined);
  });

  test("refuses a name that is taken, and changes nothing then", async (catalog) => {
    const again = { id: BOB, name: "Alice", revision: "2022c" };
    assert.equal(await catalog.register(again), "name-taken");
    assert.equal(await catalog.client(BOB), undefined);
    assert.equal((await catalog.client(ALICE))?.revision, "2024a");
    assert.equal(await catalog.register({ ...again, name: "alice" }), "registered");
  });

  test(
    "gives a name to another client once the time to claim it is over",
    async (catalog, clock) => {
      const claim = { claimTime: 60_000 };
      const again = { id: BOB, name: "Alice", revision: "2022c" };
      const other = { id: clientIdOf(new Uint8Array(16).fill(7)), name: "Carol" };
      const third = { id: clientIdOf(new Uint8Array(16).fill(8)), name: "Dave" };
      for (const one of [other, third]) await catalog.register({ ...one, revision: "2024a" });
      clock.ahead = 50_000;
      assert.equal(await catalog.register(again, claim), "name-taken");
      // What another client sends is no sign of the first.
      await catalog.record(version({ clientId: other.id }));
      clock.ahead = 60_000;
      assert.equal(await catalog.register(again), "name-taken");
      assert.equal(await catalog.register(again, claim), "registered");
      assert.equal(await catalog.client(ALICE), undefined);
      for (const { id, name } of [other, third]) {
        assert.equal((await catalog.client(id))?.name, name);
      }
      await failsWith(
        catalog.keepKeys({ id: ALICE, publicKey: new Uint8Array(160), aesKey: AES_KEY }),
        "unknown-client",
      );
      assert.equal((await catalog.client(BOB))?.name, "Alice");
      // The claim of the new client starts with its registration.
      const last = { ...again, id: NO_CLIENT_ID };
      assert.equal(await catalog.register(last, claim), "name-taken");
    },
  );

  test("gives a name to another client at once when the first is abandoned", async (catalog) => {
    const again = { id: BOB, name: "Alice", revision: "2024a" };
    const claim = { claimTime: 60_000 };
    assert.equal(await catalog.register(again, { ...claim, abandoned: BOB }), "name-taken");
    assert.equal(await catalog.register(again, { ...claim, abandoned: ALICE }), "registered");
    assert.equal(await catalog.client(ALICE), undefined);
  });

  test("never takes a name from a client that has a key", async (catalog, clock) => {
    await catalog.keepKeys({ id: ALICE, aesKey: AES_KEY });
    clock.ahead = 1_000_000;
    const claim = { claimTime: 0, abandoned: ALICE };
    const again = { id: BOB, name: "Alice", revision: "2024a" };
    assert.equal(await catalog.register(again, claim), "name-taken");
    assert.equal((await catalog.client(ALICE))?.name, "Alice");
  });

  test("registers one of many who ask for a name at once", async (catalog) => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => {
      const id = clientIdOf(new Uint8Array(16).fill(index));
      return catalog.register({ id, name: "Carol", revision: "2024a" });
    }));
    assert.equal(answers.filter((answer) => answer === "registered").length, 1);
  });

  test("refuses an id that exists or is not of 16 bytes", async (catalog) => {
    const revision = "2024a";
    await failsWith(catalog.register({ id: ALICE, name: "Bob", revision }), "database-failed");
    for (const length of [0, 15, 17]) {
      // The type excludes it, the database has to as well.
      const id = new Uint8Array(length) as ClientId;
      await failsWith(catalog.register({ id, name: "Bob", revision }), "database-failed");
    }
    assert.equal((await catalog.client(ALICE))?.name, "Alice");
  });

  test("keeps keys, and the public key until there is another", async (catalog) => {
    const publicKey = new Uint8Array(160).fill(3);
    await catalog.keepKeys({ id: ALICE, publicKey, aesKey: AES_KEY });
    await catalog.keepKeys({ id: ALICE, aesKey: AES_KEY.subarray(0, 16) });
    const client = await catalog.client(ALICE);
    assert.deepEqual(client?.publicKey, publicKey);
    assert.deepEqual(client?.aesKey, new Uint8Array(16).fill(7));
    await failsWith(catalog.keepKeys({ id: BOB, aesKey: AES_KEY }), "unknown-client");
  });

  test("takes bytes from the middle of a buffer, and keeps them as they were", async (catalog) => {
    const buffer = Uint8Array.from({ length: 64 }, (_, index) => index);
    const id = clientIdOf(buffer.subarray(8, 24));
    await catalog.register({ id, name: "Bob", revision: "2024a" });
    const before = clientIdOf(id.slice());
    buffer.fill(0);
    assert.deepEqual((await catalog.client(before))?.id, before);
  });

  test("records a version, which replaces the one before", async (catalog) => {
    const first = version({ size: 2 ** 32 + 1, checksum: 2 ** 32 - 1 });
    assert.deepEqual(await catalog.files(), []);
    await catalog.record(first);
    const [file, ...more] = await catalog.files();
    assert.deepEqual(more, []);
    assert.ok(file !== undefined);
    const { storedAt, ...rest } = file;
    assert.deepEqual(rest, first);
    assert.ok(Math.abs(Date.now() - storedAt.getTime()) < 60_000);
    await catalog.record(version({ size: 6, checksum: 18 }));
    const [second, ...others] = await catalog.files();
    assert.deepEqual(others, []);
    assert.deepEqual([second?.size, second?.checksum], [6, 18]);
  });

  test("records nothing for a client that it does not know", async (catalog) => {
    await failsWith(catalog.record(version({ clientId: BOB })), "unknown-client");
    assert.deepEqual(await catalog.files(), []);
  });

  test("lists files by client and name, or those of one client, in pages", async (catalog) => {
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    for (const clientId of [BOB, ALICE]) {
      for (const fileName of ["c", "a", "b"]) await catalog.record(version({ clientId, fileName }));
    }
    const namesOf = (files: readonly FileKey[]) =>
      files.map(({ clientId, fileName }) => `${clientId[0]?.toString(16)} ${fileName}`);
    const all = ["a1 a", "a1 b", "a1 c", "b0 a", "b0 b", "b0 c"];
    assert.deepEqual(namesOf(await catalog.files()), all);
    for (const limit of [1, 2, 4, 6]) {
      const listed: FileKey[] = [];
      let after: FileKey | undefined;
      for (;;) {
        const page = await catalog.files({ limit, ...(after && { after }) });
        assert.ok(page.length <= limit);
        listed.push(...page);
        after = page.at(-1);
        if (after === undefined) break;
      }
      assert.deepEqual(namesOf(listed), all);
    }
    assert.deepEqual(namesOf(await catalog.files({ clientId: BOB })), all.slice(3));
    const after = { clientId: BOB, fileName: "a" };
    const page = await catalog.files({ clientId: BOB, after, limit: 1 });
    assert.deepEqual(namesOf(page), ["b0 b"]);
    const last = { clientId: ALICE, after: { clientId: ALICE, fileName: "c" } };
    assert.deepEqual(await catalog.files(last), []);
  });

  test("counts the files and bytes of a client, and of all", async (catalog) => {
    const none = { files: 0, bytes: 0 };
    assert.deepEqual(await catalog.usage(BOB), { client: none, all: none });
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    await catalog.record(version({ size: 100 }));
    await catalog.record(version({ fileName: "b", size: 0 }));
    await catalog.record(version({ clientId: BOB, size: 7 }));
    const all = { files: 3, bytes: 107 };
    assert.deepEqual(await catalog.usage(BOB), { client: { files: 1, bytes: 7 }, all });
    await catalog.record(version({ size: 40 }));
    assert.deepEqual(await catalog.usage(ALICE), {
      client: { files: 2, bytes: 40 },
      all: { files: 3, bytes: 47 },
    });
    assert.equal((await catalog.file(ALICE, "a.txt"))?.size, 40);
    assert.equal(await catalog.file(BOB, "b"), undefined);
  });

  test("finds a file by its own name, or by one that differs in case or form", async (catalog) => {
    await catalog.record(version({ fileName: "Résumé.txt" }));
    assert.equal((await catalog.usage(ALICE, "Resume.txt")).found, false);
    for (const name of ["Résumé.txt", "résumé.txt", "RE\u0301SUME\u0301.TXT"]) {
      assert.equal((await catalog.usage(ALICE, name)).found, true, name);
      assert.equal((await catalog.file(ALICE, name))?.fileName, "Résumé.txt", name);
    }
    for (const name of ["Resume.txt", "Résumé", "résumé (2).txt"]) {
      assert.equal(await catalog.file(ALICE, name), undefined, name);
    }
    const location = locationOf(ALICE, "résumé (2).txt");
    await catalog.record(version({ fileName: "résumé.txt", location, size: 6 }));
    assert.equal((await catalog.file(ALICE, "résumé.txt"))?.size, 6);
    assert.equal((await catalog.file(ALICE, "Résumé.txt"))?.size, 5);
    assert.equal((await catalog.file(ALICE, "RÉSUMÉ.txt"))?.size, 5);
    assert.equal(await catalog.file(BOB, "Résumé.txt"), undefined);
  });
}
