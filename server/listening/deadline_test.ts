import { match, rejects, strictEqual } from "node:assert/strict";
import { TestClock } from "../../tests/peers/test_clock.ts";
import { TimeoutError, withDeadline } from "./deadline.ts";

/** Both ends of a connection over loopback. */
async function connectedPair(): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  return await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
}

/** Longer than any test; its timer has to be cancelled when the test ends. */
const LONG = 3_600_000;

Deno.test("withDeadline() comes back with what it waits for, and leaves no timer", async () => {
  const [client, server] = await connectedPair();
  using _ends = { [Symbol.dispose]: () => [client, server].forEach((conn) => conn.close()) };
  await client.write(new Uint8Array(5));
  const buffer = new Uint8Array(8);
  strictEqual(await withDeadline(server, { limit: LONG, wait: server.read(buffer) }), 5);
  await client.closeWrite();
  strictEqual(await withDeadline(server, { limit: LONG, wait: server.read(buffer) }), null);
});

Deno.test("withDeadline() passes on an error that came in time, and does not close", async () => {
  const [client, server] = await connectedPair();
  using _ends = { [Symbol.dispose]: () => [client, server].forEach((conn) => conn.close()) };
  const failure = new Error("Something else");
  const wait = Promise.reject(failure);
  await rejects(withDeadline(server, { limit: LONG, wait }), (error) => error === failure);
  await client.write(new Uint8Array(1));
  strictEqual(await server.read(new Uint8Array(8)), 1);
});

Deno.test("withDeadline() closes a connection on which nothing came in time, and says so", async () => {
  const [client, server] = await connectedPair();
  using _end = { [Symbol.dispose]: () => client.close() };
  const clock = new TestClock();
  const wait = server.read(new Uint8Array(8));
  const late = rejects(withDeadline(server, { limit: 50_000, wait, clock }), (error) => {
    match(String(error), /Nothing came through for 50 s/);
    return error instanceof TimeoutError;
  });
  clock.advance(49_999);
  clock.advance(1);
  await late;
  strictEqual(await client.read(new Uint8Array(8)), null);
});

Deno.test("withDeadline() is late also when something comes while it closes, or its limit is over", async () => {
  for (const limit of [0, 10, -5]) {
    const { promise: wait, resolve } = Promise.withResolvers<number>();
    const conn = { close: () => resolve(1) };
    await rejects(withDeadline(conn, { limit, wait }), TimeoutError);
  }
});

Deno.test("withDeadline() keeps to its limit when somebody else has closed the connection", async () => {
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
  await rejects(withDeadline(conn, { limit: 10, wait }), TimeoutError);
});

Deno.test("withDeadline() ends a write that nobody takes", async () => {
  const [client, server] = await connectedPair();
  using _end = { [Symbol.dispose]: () => client.close() };
  const flood = async () => {
    // Once the buffers of the system are full, a write stays pending.
    for (;;) {
      const wait = server.write(new Uint8Array(1 << 20));
      await withDeadline(server, { limit: 100, wait });
    }
  };
  await rejects(flood(), TimeoutError);
});
