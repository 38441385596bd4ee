/**
 * A server whose turns go by the processor time of its process, not by a clock: `charged_server.ts
 * DATA RELEASE`. Prints the ports of both protocols and of the page. For each line on its standard
 * input, an address, it prints the milliseconds that are charged to the address, and those that the
 * process has used since the line before.
 */

import { createInterface } from "node:readline";
import process from "node:process";
import { Turns } from "../../server/listening/turns/turns.ts";
import { Counters } from "../../server/observe/counters.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { WebServer, type WebServerCounter } from "../../server/web/web_server.ts";
import { startServer } from "../peers/started_server.ts";
import { SILENT } from "../peers/test_services.ts";

/** Milliseconds of the processor that this process has used, in all threads. */
function used(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const [data = "", downloads = ""] = Deno.args;
await using storage = await openStorage({ clock: SYSTEM_CLOCK, data, database: undefined });
const turns = await Turns.open({ now: used });
await using web = await WebServer.open({
  address: { host: "127.0.0.1", port: 0 },
  ...{ downloads, protocolPort: 0, log: SILENT, clock: SYSTEM_CLOCK },
  counters: new Counters<WebServerCounter>(),
});
const server = await startServer({ storage, protocol4: storage, turns, others: [web] });
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
say(`${server.address.port} ${web.listener.addr.port}`);
let before = used();
for await (const address of createInterface({ input: process.stdin })) {
  const now = used();
  say(`${turns.used(address)} ${now - before}`);
  before = now;
}
server.stop();
await server.ended;
