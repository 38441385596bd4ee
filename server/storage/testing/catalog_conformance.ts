import assert from "node:assert/strict";
import fc from "fast-check";

import { safeName } from "../../../shared/names/safe_name.ts";
import type { Catalog, Intent } from "../catalog.ts";
import { foldName } from "../names/fold_name.ts";
import { parsePathName, pathNameOf } from "../names/path_name.ts";
import { StorageError, type StorageReason } from "../storage_error.ts";

const ALICE: Uint8Array = new Uint8Array(16).fill(0xa1);
const BOB: Uint8Array = new Uint8Array(16).fill(0xb0);
const AES_KEY: Uint8Array = new Uint8Array(32).fill(7);

/** The staged name number `n`. */
const staged = (n: number): string => `${n.toString(16).padStart(32, "0")}.part`;

/** A version of Alice's `a.txt`, staged as number 1, but for what `changes` says. */
function version(changes: Partial<Intent> = {}): Intent {
  const { clientId = ALICE, fileName = "a.txt" } = changes;
  const pathName = pathNameOf(clientId, fileName);
  const plain = { clientId, fileName, pathName, size: 5, checksum: 17, staged: staged(1) };
  return { ...plain, ...changes };
}

async function record(catalog: Catalog, intent: Intent): Promise<string> {
  const pathName = await catalog.intend(intent);
  await catalog.record(intent.staged);
  return pathName;
}

function failsWith(promise: Promise<unknown>, reason: StorageReason): Promise<void> {
  return assert.rejects(
    promise,
    (error) => error instanceof StorageError && error.reason === reason,
  );
}

/** The clock of a catalog: as far ahead of the system's as a test wants it, in milliseconds. */
interface TestClock {
  ahead: number;
}

/**
 * Registers as tests what every `Catalog` has to do. `open` is called for each of them: it returns an
 * empty catalog that goes by the clock `now`, and gives to `resources` what has to be removed after
 * that is closed.
 */
export function catalogConformance(
  name: string,
  open: (resources: AsyncDisposableStack, now: () => Date) => Promise<Catalog>,
): void {
  function test(
    sentence: string,
    work: (catalog: Catalog, clock: TestClock) => Promise<void>,
  ): void {
    Deno.test(`${name} ${sentence}`, async () => {
      await using resources = new AsyncDisposableStack();
      const clock = { ahead: 0 };
      const now = () => new Date(Date.now() + clock.ahead);
      const catalog = resources.use(await open(resources, now));
      await catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
      await work(catalog, clock);
    });
  }

  test("knows a client that has registered, and no other", async (catalog) => {
    const client = await catalog.client(ALICE);
    assert.ok(client !== undefined);
    const { lastSeen, ...rest } = client;
    assert.deepEqual(rest, { id: ALICE, name: "Alice", revision: "2024a" });
    assert.ok(Math.abs(Date.now() - lastSeen.getTime()) < 60_000);
    assert.equal(await catalog.client(BOB), undefined);
    assert.equal(await catalog.client(new Uint8Array()), undefined);
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
      clock.ahead = 50_000;
      assert.equal(await catalog.register(again, claim), "name-taken");
      clock.ahead = 60_000;
      assert.equal(await catalog.register(again), "name-taken");
      assert.equal(await catalog.register(again, claim), "registered");
      assert.equal(await catalog.client(ALICE), undefined);
      await failsWith(
        catalog.keepKeys({ id: ALICE, publicKey: new Uint8Array(160), aesKey: AES_KEY }),
        "unknown-client",
      );
      assert.equal((await catalog.client(BOB))?.name, "Alice");
      // The time of the new client begins with it.
      const third = { ...again, id: new Uint8Array(16) };
      assert.equal(await catalog.register(third, claim), "name-taken");
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
      const id = new Uint8Array(16).fill(index);
      return catalog.register({ id, name: "Carol", revision: "2024a" });
    }));
    assert.equal(answers.filter((answer) => answer === "registered").length, 1);
  });

  test("refuses an id that exists or is not of 16 bytes", async (catalog) => {
    const revision = "2024a";
    await failsWith(catalog.register({ id: ALICE, name: "Bob", revision }), "values-refused");
    for (const length of [0, 15, 17]) {
      const id = new Uint8Array(length);
      await failsWith(catalog.register({ id, name: "Bob", revision }), "values-refused");
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
    const id = buffer.subarray(8, 24);
    await catalog.register({ id, name: "Bob", revision: "2024a" });
    const before = id.slice();
    buffer.fill(0);
    assert.deepEqual((await catalog.client(before))?.id, before);
  });

  test("lists a version as intended until it is recorded", async (catalog) => {
    const intent = version({ size: 2 ** 32 + 1, checksum: 2 ** 32 - 1 });
    assert.equal(await catalog.intend(intent), intent.pathName);
    assert.deepEqual(await catalog.intents(), [intent]);
    assert.deepEqual(await catalog.files(), []);
    await catalog.record(intent.staged);
    assert.deepEqual(await catalog.intents(), []);
    const [file, ...more] = await catalog.files();
    assert.deepEqual(more, []);
    assert.ok(file !== undefined);
    const { storedAt, ...rest } = file;
    const { staged: _, ...recorded } = intent;
    assert.deepEqual(rest, { ...recorded, verified: true });
    assert.ok(Math.abs(Date.now() - storedAt.getTime()) < 60_000);
  });

  test("puts a new version in place of the old one of the same name", async (catalog) => {
    await record(catalog, version());
    await record(catalog, version({ staged: staged(2), size: 6, checksum: 18 }));
    const [file, ...more] = await catalog.files();
    assert.deepEqual(more, []);
    assert.deepEqual([file?.size, file?.checksum], [6, 18]);
  });

  test("keeps the old version when a new one is withdrawn", async (catalog) => {
    await record(catalog, version());
    const before = await catalog.files();
    await catalog.intend(version({ staged: staged(2), size: 6, checksum: 18 }));
    await catalog.withdraw(staged(2));
    await catalog.withdraw(staged(2));
    assert.deepEqual(await catalog.intents(), []);
    assert.deepEqual(await catalog.files(), before);
  });

  test("records nothing that was not intended", async (catalog) => {
    await failsWith(catalog.record(staged(1)), "unknown-intent");
    await record(catalog, version());
    const before = await catalog.files();
    await failsWith(catalog.record(staged(1)), "unknown-intent");
    assert.deepEqual(await catalog.files(), before);
  });

  test("intends nothing for a client that it does not know", async (catalog) => {
    await failsWith(catalog.intend(version({ clientId: BOB })), "unknown-client");
    assert.deepEqual(await catalog.intents(), []);
  });

  test("replaces an intent when the same contents are intended again", async (catalog) => {
    await catalog.intend(version());
    await catalog.intend(version({ size: 9 }));
    assert.deepEqual(await catalog.intents(), [version({ size: 9 })]);
  });

  test("ends what was intended for a file before the version recorded, and not after", async (catalog) => {
    for (const n of [1, 2, 3]) await catalog.intend(version({ staged: staged(n) }));
    await catalog.intend(version({ staged: staged(4), fileName: "b.txt" }));
    await catalog.record(staged(2));
    const left = (await catalog.intents()).map((intent) => intent.staged);
    assert.deepEqual(left, [staged(3), staged(4)]);
  });

  test("keeps the contents of a version, recorded at once, until they are settled", async (catalog) => {
    const kept = { ...version(), contents: Uint8Array.of(1, 2, 3, 4, 5) };
    assert.equal(await catalog.keep(kept), kept.pathName);
    assert.deepEqual(await catalog.unsynced(), [kept]);
    assert.deepEqual(await catalog.intents(), []);
    const [file, ...more] = await catalog.files();
    assert.deepEqual(more, []);
    assert.deepEqual([file?.size, file?.checksum, file?.verified], [5, 17, true]);
    await catalog.settle([{ ...kept, staged: staged(9) }, { ...kept, fileName: "b" }]);
    assert.deepEqual(await catalog.unsynced(), [kept]);
    await catalog.settle([kept]);
    await catalog.settle([kept]);
    assert.deepEqual(await catalog.unsynced(), []);
    assert.deepEqual(await catalog.files(), [file]);
  });

  test("keeps the contents of the newest version only", async (catalog) => {
    const contents = new Uint8Array(5);
    const other = { ...version({ fileName: "b.txt", staged: staged(8) }), contents };
    await catalog.keep({ ...version(), contents });
    await catalog.keep(other);
    const second = { ...version({ staged: staged(2), size: 0 }), contents: new Uint8Array() };
    await catalog.keep(second);
    await catalog.keep(second);
    assert.deepEqual((await catalog.unsynced()).map((kept) => kept.staged), [staged(8), staged(2)]);
    assert.equal((await catalog.file(ALICE, "a.txt"))?.size, 0);
    await record(catalog, version({ staged: staged(3), size: 6 }));
    assert.deepEqual(await catalog.unsynced(), [other]);
    assert.equal((await catalog.file(ALICE, "a.txt"))?.size, 6);
  });

  test("ends what was intended for a file when it keeps a version of it", async (catalog) => {
    const contents = new Uint8Array(5);
    for (const n of [1, 2]) await catalog.intend(version({ staged: staged(n) }));
    await catalog.intend(version({ staged: staged(3), fileName: "b.txt" }));
    await catalog.keep({ ...version({ staged: staged(4) }), contents });
    assert.deepEqual((await catalog.intents()).map((intent) => intent.staged), [staged(3)]);
    await failsWith(catalog.record(staged(2)), "unknown-intent");
  });

  test("keeps nothing for a client that it does not know", async (catalog) => {
    const kept = { ...version({ clientId: BOB }), contents: new Uint8Array(5) };
    await failsWith(catalog.keep(kept), "unknown-client");
    assert.deepEqual([await catalog.unsynced(), await catalog.files()], [[], []]);
  });

  test("settles a collision of a version that it keeps as one that is intended", async (catalog) => {
    const contents = new Uint8Array(5);
    const plain = await catalog.keep({ ...version(), contents });
    const upper = version({ fileName: "A.TXT", staged: staged(2) });
    const settled = await catalog.keep({ ...upper, contents });
    assert.match(settled, /\/A \(2\)\.TXT$/);
    assert.deepEqual((await catalog.unsynced()).map((kept) => kept.pathName), [plain, settled]);
    assert.equal(await catalog.intend({ ...upper, staged: staged(3) }), settled);
  });

  test("lists files by client and name, or those of one client", async (catalog) => {
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    let n = 0;
    for (const clientId of [BOB, ALICE]) {
      for (const fileName of ["c", "a", "b"]) {
        await record(catalog, version({ clientId, fileName, staged: staged(n++) }));
      }
    }
    const names = (await catalog.files()).map(({ clientId, fileName }) => [clientId[0], fileName]);
    const [a, b] = [0xa1, 0xb0];
    assert.deepEqual(names, [[a, "a"], [a, "b"], [a, "c"], [b, "a"], [b, "b"], [b, "c"]]);
    const bobs = (await catalog.files(BOB)).map(({ fileName }) => fileName);
    assert.deepEqual(bobs, ["a", "b", "c"]);
  });

  test("counts the files and bytes of a client, and of all", async (catalog) => {
    assert.deepEqual(await catalog.usage(), { files: 0, bytes: 0 });
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    await record(catalog, version({ size: 100 }));
    await record(catalog, version({ fileName: "b", size: 0, staged: staged(2) }));
    await record(catalog, version({ clientId: BOB, size: 7, staged: staged(3) }));
    assert.deepEqual(await catalog.usage(BOB), { files: 1, bytes: 7 });
    assert.deepEqual(await catalog.usage(), { files: 3, bytes: 107 });
    await record(catalog, version({ size: 40, staged: staged(4) }));
    assert.deepEqual(await catalog.usage(), { files: 3, bytes: 47 });
    assert.equal((await catalog.file(ALICE, "a.txt"))?.size, 40);
    assert.equal(await catalog.file(BOB, "b"), undefined);
  });

  test("settles a collision by case or Unicode form with a path of its own", async (catalog) => {
    const plain = await record(catalog, version());
    const upper = version({ fileName: "A.TXT", staged: staged(2) });
    const settled = await record(catalog, upper);
    assert.match(settled, /\/A \(2\)\.TXT$/);
    assert.notEqual(foldName(settled), foldName(plain));
    assert.equal(await catalog.intend({ ...upper, staged: staged(3) }), settled);
    assert.equal(await catalog.intend(version({ staged: staged(4) })), plain);
    await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
    const other = version({ clientId: BOB, fileName: "A.TXT", staged: staged(5) });
    assert.equal(await catalog.intend(other), other.pathName);
  });

  test("settles many collisions with numbers that are free, and with a mark after these", async (catalog) => {
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
    for (const path of paths) parsePathName(path);
  });

  test("finds a file by its own name, or by one that differs in case or form", async (catalog) => {
    await record(catalog, version({ fileName: "Résumé.txt" }));
    for (const name of ["Résumé.txt", "résumé.txt", "RE\u0301SUME\u0301.TXT"]) {
      assert.equal((await catalog.file(ALICE, name))?.fileName, "Résumé.txt", name);
    }
    for (const name of ["Resume.txt", "Résumé", "résumé (2).txt"]) {
      assert.equal(await catalog.file(ALICE, name), undefined, name);
    }
    await record(catalog, version({ fileName: "résumé.txt", size: 6, staged: staged(2) }));
    assert.equal((await catalog.file(ALICE, "résumé.txt"))?.size, 6);
    assert.equal((await catalog.file(ALICE, "Résumé.txt"))?.size, 5);
    assert.equal((await catalog.file(ALICE, "RÉSUMÉ.txt"))?.size, 5);
    assert.equal(await catalog.file(BOB, "Résumé.txt"), undefined);
  });

  test("settles a collision with a version that is only intended", async (catalog) => {
    const plain = await catalog.intend(version());
    const settled = await catalog.intend(version({ fileName: "A.txt", staged: staged(2) }));
    assert.notEqual(foldName(settled), foldName(plain));
  });

  test("never lets two files of a client share a path on any system", async (catalog) => {
    let n = 0;
    const piece = fc.constantFrom(..."aAéÉ%~.", "ﬁ", "FI", "ß", "x".repeat(200), "%~0", "\u00a0");
    const raws = fc.uniqueArray(fc.array(piece, { minLength: 1, maxLength: 4 }), {
      minLength: 1,
      maxLength: 12,
      selector: (pieces) => pieces.join(""),
    });
    await fc.assert(
      fc.asyncProperty(raws, async (all) => {
        for (const pieces of all) {
          const fileName = safeName(new TextEncoder().encode(pieces.join("")));
          parsePathName(await record(catalog, version({ fileName, staged: staged(n++) })));
        }
        const files = await catalog.files();
        assert.equal(new Set(files.map((file) => foldName(file.pathName))).size, files.length);
      }),
      { numRuns: 30 },
    );
  });
}
