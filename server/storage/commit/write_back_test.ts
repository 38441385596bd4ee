import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { StorageError } from "../storage_error.ts";
import type { SyncTrouble } from "../versions/placed_contents.ts";
import { WriteBack, type WriteBackOptions } from "./write_back.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { NO_CLIENT_ID } from "../../../shared/wire/client_id.ts";

const MIB = 1024 ** 2;

/** Contents of a file of that number. */
function contents(n: number, { size = 5 }: { readonly size?: number } = {}) {
  const clientId = NO_CLIENT_ID;
  return { clientId, fileName: `${n}`, staged: `${n}.part`, location: `path/${n}`, size };
}

/** A clock on which no wait takes time. */
const quick = () => new TestClock({ skips: () => true });

type Troubles = ReadonlyMap<string, SyncTrouble>;
const NONE: Troubles = new Map();

/** A `WriteBack` over a store whose syncs end when the test says so. */
function tested(options: Partial<WriteBackOptions> = {}) {
  const syncs: { paths: readonly string[]; end: PromiseWithResolvers<Troubles> }[] = [];
  const acked: string[] = [];
  let begun = Promise.withResolvers<void>();
  const writeBack = new WriteBack({
    clock: new TestClock(),
    store: {
      sync(paths) {
        const end = Promise.withResolvers<Troubles>();
        syncs.push({ paths, end });
        begun.resolve();
        return end.promise;
      },
    },
    journal: {
      ack(versions) {
        acked.push(...versions.map(({ staged }) => staged));
        return Promise.resolve();
      },
    },
    ...options,
  });
  return {
    writeBack,
    syncs,
    acked,
    /** Resolves with the next sync. */
    async next() {
      if (syncs.length === 0) await begun.promise;
      begun = Promise.withResolvers();
      const sync = syncs.shift();
      if (sync === undefined) throw new Error("No sync has begun");
      return sync;
    },
  };
}

Deno.test("WriteBack syncs what came together, and acknowledges it after that", async () => {
  const { writeBack, next, acked } = tested({ clock: quick() });
  for (const n of [1, 2, 3]) writeBack.add(contents(n));
  const sync = await next();
  deepStrictEqual(sync.paths, ["path/1", "path/2", "path/3"]);
  deepStrictEqual(acked, []);
  sync.end.resolve(NONE);
  await writeBack.flush();
  deepStrictEqual(acked, ["1.part", "2.part", "3.part"]);
});

Deno.test("WriteBack leaves what comes during a sync to the next one", async () => {
  const { writeBack, next, acked } = tested({ clock: quick() });
  writeBack.add(contents(1));
  const first = await next();
  writeBack.add(contents(2));
  first.end.resolve(NONE);
  const second = await next();
  deepStrictEqual(acked, ["1.part"]);
  deepStrictEqual(second.paths, ["path/2"]);
  second.end.resolve(NONE);
  await writeBack.flush();
  deepStrictEqual(acked, ["1.part", "2.part"]);
});

for (
  const [what, { count, size }] of [["files", { count: 4_096, size: 0 }], ["bytes", {
    count: 32,
    size: MIB,
  }]] as const
) {
  Deno.test(`WriteBack begins at once with many ${what}, and delays more`, async () => {
    const { writeBack, next, syncs } = tested();
    const fill = (from: number) => {
      for (let n = from; n < from + count; n++) writeBack.add(contents(n, { size }));
    };
    fill(0);
    const first = await next();
    strictEqual(first.paths.length, count);
    await writeBack.mayAdd();
    fill(count);
    let may: boolean | undefined;
    const waiting = writeBack.mayAdd().then((is) => may = is);
    await Promise.resolve();
    deepStrictEqual([may, syncs.length], [undefined, 0]);
    first.end.resolve(NONE);
    const second = await next();
    await waiting;
    second.end.resolve(NONE);
    await writeBack.flush();
  });
}

const failure = new StorageError("disk-failed", "The disk failed");

Deno.test("WriteBack tries again what could not be reached, and acknowledges others", async () => {
  const troubles: unknown[] = [];
  const { writeBack, next, acked } = tested({
    clock: quick(),
    onTrouble: (error, count) => troubles.push(error, count),
  });
  for (const n of [1, 2]) writeBack.add(contents(n));
  (await next()).end.resolve(new Map([["path/1", { error: failure, tried: false }]]));
  const again = await next();
  deepStrictEqual([acked, troubles, again.paths], [["2.part"], [failure, 1], ["path/1"]]);
  strictEqual(await writeBack.mayAdd(), true);
  again.end.reject(failure);
  const third = await next();
  deepStrictEqual([third.paths, troubles.length], [["path/1"], 4]);
  third.end.resolve(NONE);
  await writeBack.flush();
  deepStrictEqual(acked, ["2.part", "1.part"]);
});

Deno.test("WriteBack leaves failed syncs in the journal, and accepts no more", async () => {
  const troubles: unknown[] = [];
  const { writeBack, next, acked, syncs } = tested({
    clock: quick(),
    onTrouble: (error, count) => troubles.push(error, count),
  });
  strictEqual(await writeBack.mayAdd(), true);
  for (const n of [1, 2]) writeBack.add(contents(n));
  (await next()).end.resolve(new Map([["path/1", { error: failure, tried: true }]]));
  await writeBack.flush();
  deepStrictEqual([acked, troubles], [["2.part"], [failure, 1]]);
  strictEqual(await writeBack.mayAdd(), false);
  await writeBack.flush();
  strictEqual(syncs.length, 0);
});

for (const reason of ["database-gone", "disk-failed"] as const) {
  Deno.test(`WriteBack says once that its journal takes no more (${reason})`, async () => {
    const troubles: unknown[] = [];
    const lasting = new StorageError(reason, "Nothing is written any more");
    const { writeBack, next, syncs } = tested({
      clock: quick(),
      journal: { ack: () => Promise.reject(lasting) },
      onTrouble: (error, count) => troubles.push(error, count),
    });
    for (const n of [1, 2]) writeBack.add(contents(n));
    (await next()).end.resolve(NONE);
    await writeBack.flush();
    deepStrictEqual([troubles, syncs.length], [[lasting, 2], 0]);
    strictEqual(await writeBack.mayAdd(), false);
  });
}

Deno.test("WriteBack syncs what waits when it is disposed of", async () => {
  const { writeBack, next, acked } = tested();
  writeBack.add(contents(1));
  const disposed = writeBack[Symbol.asyncDispose]();
  (await next()).end.resolve(NONE);
  await disposed;
  deepStrictEqual(acked, ["1.part"]);
  // What could not be synced by then is left to the next start: no timer stays.
  writeBack.add(contents(2));
});
