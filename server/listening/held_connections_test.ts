import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { HeldConnections } from "./held_connections.ts";
import type { ReadBuffer } from "./read_buffer.ts";

/** A connection over loopback: the client's end, and the server's. */
async function connected(): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  return await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
}

Deno.test("a held connection is opened with what it sent meanwhile", async () => {
  const [client, conn] = await connected();
  using held = new HeldConnections();
  let open = () => {};
  const opened = Promise.withResolvers<ReadBuffer>();
  strictEqual(
    held.hold(conn, {
      wait: (now) => {
        open = now;
        return () => {};
      },
      open: opened.resolve,
      gone: () => {},
    }),
    true,
  );
  await client.write(Uint8Array.of(1, 2, 3));
  strictEqual(held.size, 1);
  open();
  strictEqual(held.size, 0);
  const buffer = await opened.promise;
  const size = await buffer.read(conn) ?? 0;
  deepStrictEqual([...buffer.taken(size)], [1, 2, 3]);
  client.close();
  strictEqual(await buffer.read(conn), null);
  conn.close();
});

for (const unread of [0, 1]) {
  const how = unread > 0 ? "resets" : "closes";
  Deno.test(`a held connection whose client ${how} it leaves its place`, async () => {
    const [client, conn] = await connected();
    using held = new HeldConnections();
    let left = 0;
    const gone = Promise.withResolvers<void>();
    held.hold(conn, { wait: () => () => left++, open: () => {}, gone: gone.resolve });
    // A close with unread input is a reset.
    if (unread > 0) await conn.write(new Uint8Array(unread));
    client.close();
    await gone.promise;
    deepStrictEqual([left, held.size], [1, 0]);
  });
}

Deno.test("connections that are held are closed with the server", async () => {
  const [client, conn] = await connected();
  const held = new HeldConnections();
  held.hold(conn, { wait: () => () => {}, open: () => {}, gone: () => {} });
  held[Symbol.dispose]();
  strictEqual(await client.read(new Uint8Array(1)), null);
  client.close();
});
