import { ok, strictEqual } from "node:assert/strict";
import { ManyAddresses } from "../rogue/many_addresses.ts";
import { ask } from "./http_exchange.ts";
import { openWeb } from "./opened_web.ts";

/** Bytes of a file: more than the socket buffers between server and client. */
const BIG = 32 * 1024 * 1024;

/** Visits of the page meanwhile. */
const VISITS = 10;

/**
 * Fails unless a web server with so many connections is open to others while clients from many
 * addresses, with more connections in all, ask for a large file and read nothing of it.
 */
export async function assertOpenBesideReaders({ connections, addresses, each }: {
  readonly connections: number;
  readonly addresses: number;
  readonly each: number;
}): Promise<void> {
  await using web = await openWeb({ large: BIG, connections });
  const get = `GET /downloads/${web.files[0]?.name} HTTP/1.1\r\nHost: a\r\n\r\n`;
  await using _readers = await ManyAddresses.begin({
    ...{ port: Number(web.address.split(":").at(-1)), addresses, each },
    ...{ request: new TextEncoder().encode(get), deaf: true },
  });
  for (let visit = 0; visit < VISITS; visit++) {
    strictEqual((await ask(web.address, "/")).status, 200);
  }
  ok(web.counters.value("refused.stranger-evicted") > 0);
}
