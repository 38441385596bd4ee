import { match, rejects, strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { SYSTEM_CLOCK } from "../../system_clock.ts";
import { Deadline, TimeoutError } from "./deadline.ts";

/** Both ends of a connection over loopback. */
async function connectedPair(): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  return await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
}

/** Longer than any test; its timer has to be cancelled when the test ends. */
const LONG = 3_600_000;

Deno.test("A deadline comes back with what it waits for, and leaves no timer", async () => {
  const [client, server] = await connectedPair();
  using _ends = { [Symbol.dispose]: () => [client, server].forEach((conn) => conn.close()) };
  await client.write(new Uint8Array(5));
  const buffer = new Uint8Array(8);
  using deadline = new Deadline(server, SYSTEM_CLOCK);
  strictEqual(await deadline.wait(server.read(buffer), { limit: LONG }), 5);
  await client.closeWrite();
  strictEqual(await deadline.wait(server.read(buffer), { limit: LONG }), null);
});

Deno.test("A deadline passes on an error that came in time, and does not close", async () => {
  const [client, server] = await connectedPair();
  using _ends = { [Symbol.dispose]: () => [client, server].forEach((conn) => conn.close()) };
  const failure = new Error("Something else");
  const wait = Promise.reject(failure);
  using deadline = new Deadline(server, SYSTEM_CLOCK);
  await rejects(deadline.wait(wait, { limit: LONG }), (error) => error === failure);
  await client.write(new Uint8Array(1));
  strictEqual(await server.read(new Uint8Array(8)), 1);
});

Deno.test("A deadline closes a connection on which nothing came in time, and says so", async () => {
  const [client, server] = await connectedPair();
  using _end = { [Symbol.dispose]: () => client.close() };
  const clock = new TestClock();
  const wait = server.read(new Uint8Array(8));
  using deadline = new Deadline(server, clock);
  const late = rejects(deadline.wait(wait, { limit: 50_000 }), (error) => {
    match(String(error), /Nothing came through for 50 s/);
    return error instanceof TimeoutError;
  });
  clock.advance(49_999);
  clock.advance(1);
  await late;
  strictEqual(await client.read(new Uint8Array(8)), null);
});

Deno.test("A deadline is late also at its limit, or while it closes", async () => {
  for (const limit of [0, 10, -5]) {
    const { promise: wait, resolve } = Promise.withResolvers<number>();
    const conn = { close: () => resolve(1) };
    using deadline = new Deadline(conn, SYSTEM_CLOCK);
    await rejects(deadline.wait(wait, { limit }), TimeoutError);
  }
});

Deno.test("A deadline keeps its limit when the connection was closed elsewhere", async () => {
  const [client, server] = await connectedPair();
  client.close();
  server.close();
  const { promise: wait, reject } = Promise.withResolvers<never>();
  const conn = {
    close() {
      reject(new Error("Closed, and heard of late"));
      server.close();
    },
  };
  using deadline = new Deadline(conn, SYSTEM_CLOCK);
  await rejects(deadline.wait(wait, { limit: 10 }), TimeoutError);
});

Deno.test("A deadline ends a write that nobody takes", async () => {
  const [client, server] = await connectedPair();
  using _end = { [Symbol.dispose]: () => client.close() };
  using deadline = new Deadline(server, SYSTEM_CLOCK);
  const flood = async () => {
    // Once the buffers of the system are full, a write stays pending.
    for (;;) {
      const wait = server.write(new Uint8Array(1 << 20));
      await deadline.wait(wait, { limit: 100 });
    }
  };
  await rejects(flood(), TimeoutError);
});
