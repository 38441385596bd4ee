import { rejects, strictEqual } from "node:assert/strict";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { TimeoutError } from "./deadline.ts";
import { Sending } from "./sending.ts";

/** More than the sockets between two programs hold. */
const MUCH = 64 * 1024 * 1024;

Deno.test("a client that takes no bytes of a reply for 30 s loses its connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  using _client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  const conn = await listener.accept();
  const clock = new TestClock();
  using sending = new Sending(conn, {
    ...{ clock, leastRate: 0, standstill: 60_000, onSent: () => {} },
  });
  let ended = false;
  const sent = sending.send(new Uint8Array(MUCH)).finally(() => ended = true);
  sent.catch(() => {});
  await clock.waitedFor(30_000);
  // In a round through the system the first write fills what that holds, and an end would be seen.
  await round(listener);
  clock.advance(29_999);
  await round(listener);
  strictEqual(ended, false);
  clock.advance(1);
  await rejects(sent, TimeoutError);
});

/** Waits for the end of a connection that is made and closed. */
async function round(listener: Deno.TcpListener): Promise<void> {
  using other = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  (await listener.accept()).close();
  strictEqual(await other.read(new Uint8Array(1)), null);
}
