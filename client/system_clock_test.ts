import { deepStrictEqual, ok } from "node:assert/strict";
import { SYSTEM_CLOCK } from "./system_clock.ts";

const { after } = SYSTEM_CLOCK;

Deno.test("Deadlines ring in order, not early, and not when cancelled", async () => {
  const begun = performance.now();
  const rung: number[] = [];
  const rings = (time: number) => () => {
    ok(performance.now() - begun >= time, `${time} ms have passed`);
    rung.push(time);
  };
  await using _listener = stayingAlive();
  await new Promise<void>((resolve) => {
    after(30, rings(30));
    after(10, rings(10));
    const callOff = after(20, rings(20));
    after(40, resolve);
    after(0, rings(0));
    callOff();
  });
  deepStrictEqual(rung, [0, 10, 30]);
});

Deno.test("What a deadline sets or calls off as it rings counts", async () => {
  await using _listener = stayingAlive();
  const rung: string[] = [];
  await new Promise<void>((resolve) => {
    after(5, () => {
      callOff();
      after(5, () => rung.push("set"));
      after(10, resolve);
    });
    const callOff = after(5, () => rung.push("called off"));
  });
  deepStrictEqual(rung, ["set"]);
});

/**
 * Something that is waited for, as a connection is: deadlines alone do not keep a program running.
 */
function stayingAlive(): AsyncDisposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept().catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting;
    },
  };
}

Deno.test("Deadlines that are due at once ring in their order", async () => {
  await using _listener = stayingAlive();
  const rung: number[] = [];
  await new Promise<void>((resolve) => {
    const begun = performance.now();
    for (const time of [3, 1, 0, 2]) after(time, () => void rung.push(time));
    after(4, resolve);
    // As on a machine that has other things to do.
    while (performance.now() - begun < 10);
  });
  deepStrictEqual(rung, [0, 1, 2, 3]);
});
