import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { SharedSync } from "./shared_sync.ts";

/** A sync that ends when the test says so. */
function syncs() {
  const begun: PromiseWithResolvers<void>[] = [];
  const shared = new SharedSync(() => {
    const sync = Promise.withResolvers<void>();
    begun.push(sync);
    return sync.promise;
  });
  return { begun, shared };
}

Deno.test("SharedSync lets callers during a sync share the next one", async () => {
  const { begun, shared } = syncs();
  const told: string[] = [];
  const ask = (who: string) => shared.sync().then(() => told.push(who));
  const first = ask("first");
  const others = [ask("second"), ask("third")];
  strictEqual(begun.length, 1);
  begun[0]?.resolve();
  await first;
  deepStrictEqual(told, ["first"]);
  while (begun.length < 2) await Promise.resolve();
  begun[1]?.resolve();
  await Promise.all(others);
  deepStrictEqual(told, ["first", "second", "third"]);
  strictEqual(begun.length, 2);
  strictEqual(shared.idle, true);
});

Deno.test("SharedSync fails those who wait for a sync that fails, and no others", async () => {
  const { begun, shared } = syncs();
  const first = rejects(shared.sync(), /The disk failed/);
  const second = shared.sync();
  begun[0]?.reject(new Error("The disk failed"));
  await first;
  while (begun.length < 2) await Promise.resolve();
  begun[1]?.resolve();
  await second;
  const third = shared.sync();
  strictEqual(begun.length, 3);
  begun[2]?.resolve();
  await third;
});
