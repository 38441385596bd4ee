import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { DelayedConnections } from "./delayed_connections.ts";
import type { ReadBuffer } from "./read_buffer.ts";

/** A connection over loopback: the client's end, and the server's. */
async function connected(): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  return await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
}

for (const openAfter of [0, 1, 2, 3]) {
  Deno.test(`a connection opened after ${openAfter} of 3 writes has all of them`, async () => {
    const [client, conn] = await connected();
    using delayed = new DelayedConnections();
    let open = () => {};
    const all = Promise.withResolvers<readonly number[]>();
    const readAll = async (buffer: ReadBuffer) => {
      const got: number[] = [];
      for (let size; (size = await buffer.read(conn)) !== null;) got.push(...buffer.last(size));
      all.resolve(got);
    };
    const wait = (now: () => void) => {
      open = now;
      return () => {};
    };
    strictEqual(delayed.delay(conn, { wait, open: readAll, gone: () => {} }), true);
    client.setNoDelay(true);
    for (let count = 0; count < 3; count++) {
      if (count === openAfter) open();
      await client.write(Uint8Array.of(count, count));
      // The server's end hears of each before the next.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (openAfter === 3) {
      strictEqual(delayed.size, 1);
      open();
    }
    strictEqual(delayed.size, 0);
    client.close();
    deepStrictEqual(await all.promise, [0, 0, 1, 1, 2, 2]);
    conn.close();
  });
}

for (
  const { how, sent, unread } of [
    { how: "closes it", sent: 0, unread: 0 },
    { how: "resets it", sent: 0, unread: 1 },
    { how: "has sent a byte and closes it", sent: 1, unread: 0 },
    { how: "has sent a byte and resets it", sent: 1, unread: 1 },
  ]
) {
  Deno.test(`a delayed connection whose client ${how} leaves its place`, async () => {
    const [client, conn] = await connected();
    using delayed = new DelayedConnections();
    let left = 0;
    const gone = Promise.withResolvers<void>();
    delayed.delay(conn, { wait: () => () => left++, open: () => {}, gone: gone.resolve });
    // A close with unread input is a reset.
    if (unread > 0) await conn.write(new Uint8Array(unread));
    if (sent > 0) await client.write(new Uint8Array(sent));
    client.close();
    await gone.promise;
    deepStrictEqual([left, delayed.size], [1, 0]);
  });
}

Deno.test("connections that are delayed are closed with the server", async () => {
  const [client, conn] = await connected();
  const delayed = new DelayedConnections();
  delayed.delay(conn, { wait: () => () => {}, open: () => {}, gone: () => {} });
  delayed[Symbol.dispose]();
  strictEqual(await client.read(new Uint8Array(1)), null);
  client.close();
});
