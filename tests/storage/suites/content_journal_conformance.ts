import assert from "node:assert/strict";

import type { Catalog } from "../../../server/storage/versions/catalog.ts";
import type {
  ContentJournal,
  PendingVersion,
} from "../../../server/storage/versions/content_journal.ts";
import {
  ALICE,
  BOB,
  failsWith,
  type OpenCatalog,
  staged,
  testsOf,
  version as plainVersion,
} from "../catalog_under_test.ts";

/** Returns a version of Alice's `a.txt`, staged as number 1, with `changes`. */
function version(changes: Partial<PendingVersion> = {}): PendingVersion {
  return { staged: staged(1), contents: new Uint8Array(5), ...plainVersion(changes), ...changes };
}

async function pendingOf(journal: ContentJournal): Promise<readonly PendingVersion[]> {
  return await journal.pending({ clientId: ALICE, limit: 100 });
}

/** Registers the tests for every `ContentJournal`. `open` is called for each test. */
export function contentJournalConformance(
  name: string,
  open: OpenCatalog<Catalog & ContentJournal>,
): void {
  const test = testsOf(name, open);

  test("has the contents of a recorded version until they are acknowledged", async (catalog) => {
    const put = version({ contents: Uint8Array.of(1, 2, 3, 4, 5) });
    assert.equal(await catalog.put(put), put.location);
    assert.deepEqual(await pendingOf(catalog), [put]);
    const [file, ...more] = await catalog.files();
    assert.deepEqual(more, []);
    assert.deepEqual([file?.size, file?.checksum, file?.verified], [5, 17, true]);
    await catalog.ack([{ ...put, staged: staged(9) }, { ...put, fileName: "b" }]);
    assert.deepEqual(await pendingOf(catalog), [put]);
    await catalog.ack([put]);
    await catalog.ack([put]);
    assert.deepEqual(await pendingOf(catalog), []);
    assert.deepEqual(await catalog.files(), [file]);
  });

  test("has versions that are verified and others, and says which are", async (catalog) => {
    await catalog.put(version({ verified: false }));
    assert.equal((await catalog.file(ALICE, "a.txt"))?.verified, false);
    assert.deepEqual((await pendingOf(catalog)).map(({ verified }) => verified), [false]);
    await catalog.put(version({ staged: staged(2) }));
    assert.equal((await catalog.file(ALICE, "a.txt"))?.verified, true);
    assert.deepEqual((await pendingOf(catalog)).map(({ verified }) => verified), [true]);
  });

  test("has the contents of the newest version only", async (catalog) => {
    const other = version({ fileName: "b.txt", staged: staged(8) });
    await catalog.put(version());
    await catalog.put(other);
    const second = version({ staged: staged(2), size: 0, contents: new Uint8Array() });
    await catalog.put(second);
    await catalog.put(second);
    const names = (await pendingOf(catalog)).map((pending) => pending.staged);
    assert.deepEqual(names, [staged(2), staged(8)]);
    assert.equal((await catalog.file(ALICE, "a.txt"))?.size, 0);
    // A file of that name is another client's, too, even where the staged name is the same.
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    const bobs = version({ clientId: BOB, staged: staged(8) });
    await catalog.put(bobs);
    await catalog.record(plainVersion({ size: 6 }));
    assert.deepEqual(await pendingOf(catalog), [other]);
    await catalog.ack([{ ...bobs, clientId: ALICE }]);
    assert.deepEqual(await catalog.pending({ clientId: BOB, limit: 9 }), [bobs]);
    assert.equal((await catalog.file(ALICE, "a.txt"))?.size, 6);
  });

  test("has nothing for a client that it does not know", async (catalog) => {
    await failsWith(catalog.put(version({ clientId: BOB })), "unknown-client");
    assert.deepEqual(
      [await catalog.clientsWithPending(new Uint8Array(), 9), await catalog.files()],
      [
        [],
        [],
      ],
    );
  });

  test("chooses another path for a version whose name collides", async (catalog) => {
    const plain = await catalog.put(version());
    const upper = version({ fileName: "A.TXT", staged: staged(2) });
    const chosen = await catalog.put(upper);
    assert.match(chosen, /\/A \(2\)\.TXT$/);
    const paths = (await pendingOf(catalog)).map((pending) => pending.location);
    assert.deepEqual(paths, [chosen, plain]);
    assert.equal(await catalog.put({ ...upper, staged: staged(3) }), chosen);
  });

  test("lists the pending versions of a client in pages, and such clients", async (catalog) => {
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    for (const [at, fileName] of ["c", "a", "b"].entries()) {
      for (const clientId of [BOB, ALICE]) {
        await catalog.put(
          version({ clientId, fileName, staged: staged(2 * at + clientId.length) }),
        );
      }
    }
    const page = async (after?: string) => {
      const pending = await catalog.pending({ clientId: BOB, limit: 2, ...(after && { after }) });
      return pending.map(({ fileName }) => fileName);
    };
    assert.deepEqual([await page(), await page("b"), await page("c")], [["a", "b"], ["c"], []]);
    assert.deepEqual(await catalog.clientsWithPending(new Uint8Array(), 9), [ALICE, BOB]);
    assert.deepEqual(await catalog.clientsWithPending(ALICE, 1), [BOB]);
  });
}
