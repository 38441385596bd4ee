import { ok, strictEqual } from "node:assert/strict";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import { joined } from "../kernel/golden_vectors.ts";
import { Talk } from "../peers/talk.ts";
import { TestClient } from "../peers/test_client.ts";
import { openServices, recordedLog } from "../peers/test_services.ts";
import { quickRequests } from "../peers/test_clock.ts";

/** Milliseconds between two of them. */
const APART = 1;

/** Bytes of lines in an hour, a line a second: of the requests of one reason and one address. */
const LOG_OF_AN_HOUR = 2_000_000;

/**
 * Declares tests of how many lines of the log requests have that come by the thousand: so many at
 * once of each kind.
 */
export function testLinesOfRefusals(many: number): void {
  Deno.test("requests sent by the thousand have a few lines, refused or granted", async () => {
    await using services = await openServices({ clock: quickRequests() });
    let time = 0;
    const { log, lines } = await recordedLog({ clock: { now: () => time += APART } });
    const connection = log.with({ connection: 1, address: "192.0.2.1" });
    const talk = new Talk(services, "2024a", { log: connection });
    const client = new TestClient(talk);
    await client.introduce();
    const { revision, clientId, name } = client;
    const reconnect = encodeRequest(revision, { kind: "reconnect", clientId, name });
    for (const request of [client.verdict("crcValid"), reconnect]) {
      await talk.exchange(joined(Array(many).fill(request)));
    }
    log.info("Stopped");
    strictEqual(services.counters.value("refused.no-upload"), many);
    strictEqual(services.counters.value("reconnected"), many);
    // A second of each, as the clock goes on with each line.
    ok(lines.length <= 2 * many * APART / 1_000 + 10, `${lines.length} lines`);
    const longest = Math.max(...lines.map((line) => JSON.stringify(line).length));
    ok(3_600 * longest < LOG_OF_AN_HOUR, `${3_600 * longest} bytes in an hour`);
  });

  Deno.test("files that a client sends on and on, and never keeps, have few lines", async () => {
    await using services = await openServices({ clock: quickRequests() });
    let time = 0;
    const { log, lines } = await recordedLog({ clock: { now: () => time += APART } });
    const connection = log.with({ connection: 1, address: "192.0.2.1" });
    const talk = new Talk(services, "2024a", { log: connection });
    const client = new TestClient(talk);
    await client.introduce();
    const [message = new Uint8Array()] = await client.messages(new Uint8Array(10));
    for (const verdict of [client.verdict("crcRetry"), new Uint8Array()]) {
      await talk.exchange(joined(Array(many / 10).fill(joined([message, verdict]))));
    }
    log.info("Stopped");
    strictEqual(services.counters.value("files-received"), many / 5);
    // Of each of three kinds one a second, as the clock goes on with each line.
    ok(lines.length <= 20, `${lines.length} lines`);
  });
}
