import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { Tails } from "./tails.ts";

Deno.test("Tails are read a few at a time, in order, and freed when they were used", async () => {
  const tails = new Tails(2);
  const memory = Array.from({ length: 5 }, (_, at) => new Uint8Array(100 + at));
  const begun: number[] = [];
  const ends = memory.map(() => Promise.withResolvers<void>());
  const uses = memory.map((bytes, at) =>
    tails.use(() => {
      begun.push(at);
      return Promise.resolve(bytes);
    }, async (tail) => {
      await ends[at]?.promise;
      return tail.byteLength;
    })
  );
  deepStrictEqual(begun, [0, 1]);
  ends[1]?.resolve();
  strictEqual(await uses[1], 101);
  deepStrictEqual(begun, [0, 1, 2]);
  deepStrictEqual(memory.map(({ byteLength }) => byteLength), [100, 0, 102, 103, 104]);
  for (const { resolve } of ends) resolve();
  deepStrictEqual(await Promise.all(uses), [100, 101, 102, 103, 104]);
  deepStrictEqual(memory.map(({ byteLength }) => byteLength), [0, 0, 0, 0, 0]);
});

Deno.test("A tail that cannot be read or used leaves its place to the next one", async () => {
  const tails = new Tails(1);
  const bytes = new Uint8Array(7);
  const fails = () => Promise.reject(new Error("no tail"));
  await rejects(tails.use(fails, () => 0), /no tail/);
  await rejects(
    tails.use(() => Promise.resolve(bytes), () => {
      throw new Error("no use");
    }),
    /no use/,
  );
  strictEqual(bytes.byteLength, 0);
  strictEqual(await tails.use(() => Promise.resolve(new Uint8Array(3)), (tail) => tail.length), 3);
});
