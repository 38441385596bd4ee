import assert from "node:assert/strict";
import fc from "fast-check";

import { safeName } from "../../../shared/names/safe_name.ts";
import type { Catalog } from "../../../server/storage/versions/catalog.ts";
import type { Intent, IntentLog } from "../../../server/storage/versions/intent_log.ts";
import { foldName } from "../../../server/storage/names/distinct_path.ts";
import { parseLocation } from "../../../server/storage/names/location.ts";
import {
  ALICE,
  BOB,
  failsWith,
  type OpenCatalog,
  staged,
  testsOf,
  version as plainVersion,
} from "../catalog_under_test.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

/** Returns a version of Alice's `a.txt`, staged as number 1, with `changes`. */
function version(changes: Partial<Intent> = {}): Intent {
  return { staged: staged(1), ...plainVersion(changes), ...changes };
}

async function record(catalog: Catalog & IntentLog, intent: Intent): Promise<string> {
  const { staged: _, ...version } = intent;
  const location = await catalog.intend(intent);
  await catalog.record({ ...version, location });
  return location;
}

/** Registers the tests for every `IntentLog`. `open` is called for each test. */
export function intentLogConformance(
  name: string,
  open: OpenCatalog<Catalog & IntentLog>,
): void {
  const test = testsOf(name, open);

  test("lists a version as intended until it is recorded", async (catalog) => {
    const intent = version({ size: 2 ** 32 + 1, checksum: 2 ** 32 - 1 });
    assert.equal(await catalog.intend(intent), intent.location);
    assert.deepEqual(await catalog.intents(ALICE, 100), [intent]);
    assert.deepEqual(await catalog.files(), []);
    const { staged: _, ...plain } = intent;
    await catalog.record(plain);
    assert.deepEqual(await catalog.intents(ALICE, 100), []);
    assert.equal((await catalog.file(ALICE, "a.txt"))?.size, 2 ** 32 + 1);
  });

  test("lists versions that are verified and others, and says which are", async (catalog) => {
    const intents = [version({ verified: false }), version({ fileName: "b", staged: staged(2) })];
    for (const intent of intents) await catalog.intend(intent);
    assert.deepEqual(await catalog.intents(ALICE, 100), intents);
    for (const { staged: _, ...plain } of intents) await catalog.record(plain);
    assert.deepEqual((await catalog.files()).map(({ verified }) => verified), [false, true]);
  });

  test("keeps the old version when new ones are withdrawn", async (catalog) => {
    await record(catalog, version());
    const before = await catalog.files();
    for (const n of [2, 3]) {
      await catalog.intend(version({ staged: staged(n), size: 6, checksum: 18 }));
    }
    const left = version({ staged: staged(5), fileName: "left" });
    await catalog.intend(left);
    await catalog.withdraw([staged(2), staged(3), staged(4)]);
    await catalog.withdraw([staged(2)]);
    await catalog.withdraw([]);
    assert.deepEqual(await catalog.intents(ALICE, 100), [left]);
    assert.deepEqual(await catalog.files(), before);
  });

  test("intends nothing for a client that it does not know", async (catalog) => {
    await failsWith(catalog.intend(version({ clientId: BOB })), "unknown-client");
    assert.deepEqual(await catalog.intents(BOB, 100), []);
  });

  test("replaces an intent when the same contents are intended again", async (catalog) => {
    await catalog.intend(version());
    await catalog.intend(version({ size: 9 }));
    assert.deepEqual(await catalog.intents(ALICE, 100), [version({ size: 9 })]);
  });

  test("ends every intent of a file when a version of it is recorded", async (catalog) => {
    for (const n of [1, 2, 3]) await catalog.intend(version({ staged: staged(n) }));
    await catalog.intend(version({ staged: staged(4), fileName: "b.txt" }));
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    const bobs = version({ clientId: BOB, staged: staged(5) });
    await catalog.intend(bobs);
    const { staged: _, ...plain } = version();
    await catalog.record(plain);
    assert.deepEqual(await catalog.intents(BOB, 100), [bobs]);
    const left = (await catalog.intents(ALICE, 100)).map((intent) => intent.staged);
    assert.deepEqual(left, [staged(4)]);
  });

  test("lists the oldest intents of a client, and the clients that have some", async (catalog) => {
    const ids = [5, 1, 3].map((first) => clientIdOf(new Uint8Array(16).fill(first)));
    for (const [at, id] of ids.entries()) {
      await catalog.register({ id, name: `client ${at}`, revision: "2024a" });
      for (const n of [1, 2, 3]) {
        const name = staged(10 * at + n);
        await catalog.intend(version({ clientId: id, fileName: `${9 - n}`, staged: name }));
      }
    }
    const [five = ALICE] = ids;
    const oldest = await catalog.intents(five, 2);
    assert.deepEqual(oldest.map(({ fileName }) => fileName), ["8", "7"]);
    const others = await catalog.intents(ids[2] ?? ALICE, 9);
    assert.deepEqual(others.map(({ staged }) => staged), [21, 22, 23].map(staged));
    const firsts = (clients: readonly Uint8Array[]) => clients.map(([first]) => first);
    const nobody = new Uint8Array();
    assert.deepEqual(firsts(await catalog.clientsWithIntents(nobody, 10)), [1, 3, 5]);
    assert.deepEqual(firsts(await catalog.clientsWithIntents(nobody, 2)), [1, 3]);
    assert.deepEqual(firsts(await catalog.clientsWithIntents(ids[2] ?? nobody, 2)), [5]);
    assert.deepEqual(await catalog.clientsWithIntents(five, 2), []);
  });

  test("chooses another path for a name that differs in case or Unicode form", async (catalog) => {
    const plain = await record(catalog, version());
    const upper = version({ fileName: "A.TXT", staged: staged(2) });
    const chosen = await record(catalog, upper);
    assert.match(chosen, /\/A \(2\)\.TXT$/);
    assert.notEqual(foldName(chosen), foldName(plain));
    assert.equal(await catalog.intend({ ...upper, staged: staged(3) }), chosen);
    assert.equal(await catalog.intend(version({ staged: staged(4) })), plain);
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    const other = version({ clientId: BOB, fileName: "A.TXT", staged: staged(5) });
    assert.equal(await catalog.intend(other), other.location);
  });

  test("resolves many collisions by free numbers, then by a mark", async (catalog) => {
    const letters = [..."aAａＡ"];
    const names = letters.flatMap((one) => letters.map((other) => `${one}${other}.txt`));
    await record(catalog, version({ fileName: "AA (3).TXT", staged: staged(100) }));
    const paths: string[] = [];
    for (const [n, fileName] of names.entries()) {
      paths.push(await record(catalog, version({ fileName, staged: staged(n) })));
    }
    const numbers = paths.map((path) => / \((\d)\)\.txt$/.exec(path)?.[1] ?? "");
    assert.deepEqual(numbers, ["", ..."2456789", ...Array(8).fill("")]);
    for (const path of paths.slice(8)) assert.match(path, /%~[0-9a-f]{32}\.txt$/);
    assert.equal(new Set(paths.map(foldName)).size, names.length);
    for (const path of paths) parseLocation(path);
  });

  test("chooses another path beside a version that is only intended", async (catalog) => {
    const plain = await catalog.intend(version());
    const chosen = await catalog.intend(version({ fileName: "A.txt", staged: staged(2) }));
    assert.notEqual(foldName(chosen), foldName(plain));
  });

  test("never lets two files of a client share a path on any system", async (catalog) => {
    let n = 0;
    const piece = fc.constantFrom(
      ..."aAéÉ%~.",
      "ﬁ",
      "FI",
      "ß",
      "x".repeat(200),
      "%~0",
      "\u00a0",
    );
    const raws = fc.uniqueArray(fc.array(piece, { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 12,
      selector: (pieces) => pieces.join(""),
    });
    await fc.assert(
      fc.asyncProperty(raws, async (all) => {
        for (const pieces of all) {
          const fileName = safeName(new TextEncoder().encode(pieces.join("")));
          parseLocation(await record(catalog, version({ fileName, staged: staged(n++) })));
        }
        const files = await catalog.files();
        assert.equal(new Set(files.map((file) => foldName(file.location))).size, files.length);
      }),
      { numRuns: 30 },
    );
  });

  test("keeps names of several elements apart by all of them", async (catalog) => {
    const names = ["a/é.txt", "b/é.txt", "é.txt", "a/b.txt", "a"];
    for (const [n, fileName] of names.entries()) {
      const intent = version({ fileName, staged: staged(n) });
      assert.equal(await record(catalog, intent), intent.location);
    }
    assert.equal((await catalog.files()).length, names.length);
    assert.equal((await catalog.file(ALICE, "B/É.TXT"))?.fileName, "b/é.txt");
    const other = version({ fileName: "a/ｂ.txt", staged: staged(9) });
    assert.match(await catalog.intend(other), /\/a\/ｂ \(2\)\.txt$/);
  });
}
