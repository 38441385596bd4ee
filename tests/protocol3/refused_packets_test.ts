import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Cksum } from "../../shared/cksum/cksum.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { FileRequest } from "../../shared/protocol3/request.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { Talk, talkingClient } from "../peers/talk.ts";
import type { TestClient } from "../peers/test_client.ts";
import { openServices, stagedCount } from "../peers/test_services.ts";
import { clientIdOf, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

const PLAIN = lcg(3, 1000);
const CHECKSUM = (() => {
  const sum = new Cksum();
  sum.update(PLAIN);
  return sum.digest();
})();
const NAMELESS = new TextField(new Uint8Array(255));

/** Returns the checksum in a reply, which has to contain one. */
function checksumIn(reply: Reply | undefined): number {
  ok(reply?.kind === "fileReceived", `The server said ${reply?.kind}`);
  return reply.checksum;
}

/** All replies to messages that are sent one by one. */
async function repliesTo(client: TestClient, messages: readonly Uint8Array[]) {
  const kinds = [];
  for (const message of messages) {
    await client.send(message);
    for (let reply = await client.receive(); reply; reply = await client.receive()) {
      kinds.push(reply.kind);
    }
  }
  return kinds;
}

Deno.test("an error inside a file is answered once, and packet 1 begins it again", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const messages = await client.messages(PLAIN, { packets: 4 });
  const [head, second, third, last] = messages;
  ok(head && second && third && last);
  strictEqual(await client.ask(head), undefined);
  strictEqual((await client.ask(third))?.kind, "serverError");
  for (const message of [second, third, last]) strictEqual(await client.ask(message), undefined);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
  strictEqual(checksumIn(await client.ask(...messages)), CHECKSUM);
  strictEqual(services.counters.value("refused.bad-packet-number"), 1);
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
});

Deno.test("after an error another file may begin; the first one's rest is refused", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const [first, , third] = await client.messages(PLAIN, { packets: 3 });
  ok(first && third);
  await client.send(first);
  strictEqual((await client.ask(third))?.kind, "serverError");
  strictEqual((await client.file(PLAIN, { fileName: "b.txt" }))?.kind, "fileReceived");
  strictEqual((await client.ask(third))?.kind, "serverError");
});

Deno.test("a contradictory second packet is refused by name, and ends the file", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const [first] = await client.messages(PLAIN, { packets: 2 });
  ok(first);
  const seconds = [
    ["packet-mismatch", 504, { contentSize: 1024 }],
    ["packet-mismatch", 504, { packets: 3 }],
    ["packet-mismatch", 504, { originalSize: 999 }],
    ["packet-mismatch", 504, { clientId: NO_CLIENT_ID }],
    ["packet-mismatch", 504, { fileName: TextField.of("b.txt") }],
    ["name-empty", 504, { fileName: NAMELESS }],
    ["content-incomplete", 487, {}],
  ] as const;
  for (const [reason, size, changes] of seconds) {
    const before = services.counters.value(`refused.${reason}`);
    const head = { packet: 2, packets: 2, contentSize: 1008, ...changes };
    const [second] = await client.messages(PLAIN, { content: new Uint8Array(size), head });
    ok(second);
    strictEqual((await client.ask(first, second))?.kind, "serverError", reason);
    strictEqual(await client.receive(), undefined);
    strictEqual(services.counters.value(`refused.${reason}`), before + 1, reason);
    strictEqual(services.uploads.size + stagedCount(services.store), 0, reason);
  }
});

Deno.test("an unreadable packet ends its file; packet 1 begins it again", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const messages = await client.messages(PLAIN, { packets: 4 });
  const [one, , three, four] = messages;
  const [two] = await client.messages(PLAIN, {
    content: new Uint8Array(252),
    head: { contentSize: 1008, packet: 2, packets: 4, fileName: NAMELESS },
  });
  ok(one && two && three && four);
  deepStrictEqual(await repliesTo(client, [one, two, three, four]), ["serverError"]);
  strictEqual(services.uploads.size + stagedCount(services.store), 0);
  deepStrictEqual(await repliesTo(client, messages), ["fileReceived"]);
});

Deno.test("a file in packets with a name that is none is refused with one reply", async () => {
  await using services = await openServices();
  const client = talkingClient(services);
  await client.introduce();
  const messages = await client.messages(PLAIN, { packets: 4, fileName: NAMELESS });
  deepStrictEqual(await repliesTo(client, messages), ["serverError"]);
});

/** Second packets of two that no client should send, with what a strict server calls them. */
const DEVIATING: readonly (readonly [reason: Deviation, size: number, Partial<FileRequest>])[] = [
  ["oversized-payload", 520, {}],
  ["oversized-content", 488, {}],
  ["swapped-packet-fields", 504, { packet: 3, packets: 2 }],
  ["packets-from-zero", 504, { packet: 0 }],
];

for (const [reason, size, changes] of DEVIATING) {
  Deno.test(`where deviations are refused, ${reason} ends the file under way`, async () => {
    await using services = await openServices();
    const client = talkingClient(services, { strict: true });
    await client.introduce();
    const messages = await client.messages(PLAIN, { packets: 2 });
    const [first] = messages;
    const head = { packet: 2, packets: 2, contentSize: 1008, ...changes };
    const [second] = await client.messages(PLAIN, { content: new Uint8Array(size), head });
    ok(first && second);
    deepStrictEqual(await repliesTo(client, [first, second]), ["serverError"]);
    strictEqual(services.counters.value(`refused.${reason}`), 1);
    strictEqual(services.uploads.size + stagedCount(services.store), 0);
    strictEqual(checksumIn(await client.ask(...messages)), CHECKSUM);
  });
}

Deno.test("only bytes after an accepted file's content are searched for requests", async () => {
  await using services = await openServices();
  const known = talkingClient(services);
  await known.introduce();
  const surplus = new Uint8Array(48);
  // A content of 1008 bytes, and 48 more that are announced but not its own.
  const oversized = {
    content: new Uint8Array(1056),
    head: { contentSize: 1008, packetSize: 1056 },
  };
  const talk = new Talk(services, "2024a");
  const client = known.over(talk);
  const [accepted] = await client.messages(PLAIN, oversized);
  ok(accepted);
  const content = accepted.subarray(0, accepted.byteLength - surplus.byteLength);
  strictEqual((await client.ask(content))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  strictEqual(talk.lost, false);

  client.clientId = clientIdOf(new Uint8Array(16).fill(0x5a));
  const [refused] = await client.messages(PLAIN, oversized);
  ok(refused);
  strictEqual((await client.ask(refused.subarray(0, content.byteLength)))?.kind, "serverError");
  strictEqual(talk.lost, true);
  strictEqual(await client.ask(client.verdict("crcValid")), undefined);
  strictEqual(services.counters.value("refused.unknown-client"), 1);
  strictEqual(services.counters.value("refused.no-upload"), 0);
});
