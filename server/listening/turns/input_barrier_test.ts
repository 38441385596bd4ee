import { ok, strictEqual } from "node:assert/strict";
import { setImmediate } from "node:timers";
import { InputBarrier } from "./input_barrier.ts";

/** Both ends of a connection over loopback. */
async function connectedPair(): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  return await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
}

/** Counts the barriers that are passed until bytes that came meanwhile are read. */
async function barriersUntilRead(barrier: { passed: () => Promise<void> }): Promise<number> {
  const [near, far] = await connectedPair();
  using _ends = { [Symbol.dispose]: () => [near, far].forEach((conn) => conn.close()) };
  let arrived = false;
  const read = near.read(new Uint8Array(1)).then(() => arrived = true);
  await far.write(new Uint8Array(1));
  let count = 0;
  while (!arrived) {
    await barrier.passed();
    count++;
  }
  await read;
  return count;
}

for (const connected of [true, false]) {
  const way = connected ? "a byte to itself" : "empty rounds, once its connection is gone,";
  Deno.test(`what came is read when ${way} has passed the barrier`, async () => {
    using barrier = await InputBarrier.open();
    if (!connected) barrier[Symbol.dispose]();
    strictEqual(barrier.connected, connected);
    for (let time = 0; time < 20; time++) {
      const count = await barriersUntilRead(barrier);
      // The completion of the read may come in the round behind.
      ok(count <= 2, `${count}`);
    }
  });
}

Deno.test("a round of the event loop alone does not ask for input", async () => {
  // If this fails the runtime has changed, and the barrier may be needless.
  const passed = () => new Promise<void>((resolve) => void setImmediate(resolve));
  let most = 0;
  for (let time = 0; time < 20; time++) most = Math.max(most, await barriersUntilRead({ passed }));
  ok(most > 2, `${most}`);
});
