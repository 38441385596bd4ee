import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { serverNameOf } from "./server_name.ts";

/** What the runtime sends first to a server of that name. */
async function helloTo(hostname: string): Promise<Uint8Array> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const [tcp, far] = await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port }),
    listener.accept(),
  ]);
  using conn = await Deno.startTls(tcp, { hostname });
  const failed = conn.handshake().catch(() => {});
  const buffer = new Uint8Array(20_000);
  let size = 0;
  while (serverNameOf(buffer.subarray(0, size)) === undefined || size === 0) {
    size += await far.read(buffer.subarray(size)) ?? 0;
  }
  far.close();
  await failed;
  return buffer.slice(0, size);
}

const NAME = "abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst.sealpost.invalid";

Deno.test("serverNameOf() finds the name in what the runtime sends, in any pieces", async () => {
  for (
    const [hostname, name] of [[NAME, NAME], ["Server.Example", "server.example"], [
      "127.0.0.1",
      "",
    ]]
  ) {
    const hello = await helloTo(hostname ?? "");
    strictEqual(serverNameOf(hello), name);
    for (let size = 9; size < hello.byteLength; size++) {
      strictEqual(serverNameOf(hello.subarray(0, size)), undefined, `${size}`);
    }
    // What follows is not looked at.
    strictEqual(serverNameOf(Uint8Array.of(...hello, 1, 2, 3)), name);
  }
});

Deno.test("serverNameOf() reads no name in a hello that is damaged, and never fails", async () => {
  const hello = await helloTo(NAME);
  fc.assert(
    fc.property(fc.nat(hello.byteLength - 1), fc.nat(255), (at, byte) => {
      const damaged = hello.slice();
      damaged[at] = byte;
      const name = serverNameOf(damaged);
      strictEqual(name === undefined || typeof name === "string", true);
    }),
    { numRuns: 1_000 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const length = bytes.byteLength;
    strictEqual(
      typeof serverNameOf(Uint8Array.of(0x16, 3, 1, length >> 8, length & 0xff, ...bytes)),
      "string",
    );
  }));
  strictEqual(serverNameOf(Uint8Array.of(0x16, 3, 1, 0xff, 0xff, 1, 0, 0xff, 0xfb)), "");
});
