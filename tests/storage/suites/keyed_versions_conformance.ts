import assert from "node:assert/strict";

import { newKey } from "../../../server/storage/keyed/keyed_new_contents.ts";
import { IN_FOLDER } from "../../../server/storage/versions/keyed_versions.ts";
import { ALICE, BOB, failsWith, version } from "../catalog_under_test.ts";
import { type OpenRows, type RowsUnderTest, rowTestsOf } from "../rows_under_test.ts";

/** Registers the tests for every `KeyedVersions` and `ContentPlace`. */
export function keyedVersionsConformance(name: string, open: OpenRows): void {
  const test = rowTestsOf(name, open);

  test("records contents that are under way, and makes replaced ones garbage", async (rows) => {
    const { catalog, versions } = rows;
    const first = version({ location: await begun(rows), size: 3 });
    assert.deepEqual(await versions.recordKeyed(first), first);
    const { storedAt, ...recorded } = await catalog.file(ALICE, "a.txt") ?? assert.fail();
    assert.deepEqual([recorded, storedAt instanceof Date], [first, true]);
    assert.deepEqual(await rows.garbage(), []);
    const second = version({ location: await begun(rows), size: 4, fileName: "A.TXT" });
    assert.deepEqual(await versions.recordKeyed(second), { ...second, fileName: "a.txt" });
    assert.deepEqual(await rows.garbage(), [first.location]);
    assert.deepEqual((await catalog.usage(ALICE)).client, { files: 1, bytes: 4 });
    await versions.recordKeyed(version({ location: await begun(rows), fileName: "b.txt" }));
    assert.equal((await catalog.files()).length, 2);
    // A name of another client is another file.
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    const bobs = version({ clientId: BOB, location: await begun(rows), fileName: "A.TXT" });
    assert.deepEqual(await versions.recordKeyed(bobs), bobs);
    assert.deepEqual(await rows.garbage(), [first.location]);
  });

  test("takes contents once: who records and who gives them up cannot both", async (rows) => {
    const { contents, versions } = rows;
    const kept = version({ location: await begun(rows) });
    await versions.recordKeyed(kept);
    await contents.abandon(kept.location);
    assert.deepEqual(await rows.garbage(), []);
    // A caller that lost the answer may repeat the call.
    assert.equal((await versions.recordKeyed(kept)).location, kept.location);
    const given = version({ location: await begun(rows) });
    await contents.abandon(given.location);
    await failsWith(versions.recordKeyed(given), "contents-gone");
    await failsWith(versions.recordKeyed(version({ location: newKey() })), "contents-gone");
    const raced = version({ location: await begun(rows), fileName: "c" });
    const [recorded] = await Promise.allSettled([
      versions.recordKeyed(raced),
      contents.abandon(raced.location),
    ]);
    const isGarbage = (await rows.garbage()).includes(raced.location);
    assert.equal(isGarbage, recorded.status === "rejected");
  });

  test("refuses what no client sent, and what would hide a verified version", async (rows) => {
    const { catalog, versions } = rows;
    const location = await begun(rows);
    const stranger = version({ clientId: BOB, location });
    await failsWith(versions.recordKeyed(stranger), "unknown-client");
    await failsWith(
      versions.recordKeyed({ ...stranger, clientId: rows.account }),
      "unknown-client",
    );
    await versions.recordKeyed(version({ location, verified: false }));
    const [verified, doubtful] = [await begun(rows), await begun(rows)];
    await versions.recordKeyed(version({ location: verified }));
    const hiding = version({ location: doubtful, verified: false, fileName: "A.txt" });
    await failsWith(versions.recordKeyed(hiding), "verified-version-stored");
    assert.equal((await catalog.file(ALICE, "a.txt"))?.location, verified);
    assert.deepEqual(await rows.garbage(), [location]);
  });

  test("is bound to one place of contents, the first", async ({ versions }) => {
    await versions.bind("s3://bucket/prefix");
    await versions.bind("s3://bucket/prefix");
    await failsWith(versions.bind("s3://bucket/other"), "contents-elsewhere");
    await failsWith(versions.bind(IN_FOLDER), "contents-elsewhere");
  });

  test("is bound to the data folder if it has contents and no place", async (rows) => {
    await begun(rows);
    await failsWith(rows.versions.bind("s3://bucket/prefix"), "contents-elsewhere");
    await rows.versions.bind(IN_FOLDER);
  });
}

async function begun({ contents }: RowsUnderTest): Promise<string> {
  const key = newKey();
  await contents.begin(key);
  return key;
}
