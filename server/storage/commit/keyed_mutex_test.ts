import { deepStrictEqual, rejects } from "node:assert/strict";
import { KeyedMutex } from "./keyed_mutex.ts";

Deno.test("KeyedMutex runs work on one thing in the order in which it was asked for", async () => {
  const mutex = new KeyedMutex();
  const steps: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = mutex.run("a", async () => {
    steps.push("first begins");
    await gate.promise;
    steps.push("first ends");
  });
  const second = mutex.run("a", () => Promise.resolve(steps.push("second")));
  await mutex.run("b", () => Promise.resolve(steps.push("other")));
  deepStrictEqual(steps, ["first begins", "other"]);
  gate.resolve();
  await Promise.all([first, second]);
  deepStrictEqual(steps, ["first begins", "other", "first ends", "second"]);
});

Deno.test("KeyedMutex goes on after work that failed", async () => {
  const mutex = new KeyedMutex();
  const failure = new Error("No");
  const failing = mutex.run("a", () => Promise.reject(failure));
  const next = mutex.run("a", () => Promise.resolve("next"));
  await rejects(failing, (error) => error === failure);
  deepStrictEqual(await next, "next");
});
