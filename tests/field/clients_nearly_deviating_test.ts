import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Profile } from "../../shared/protocol3/parsing/profile.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import { type Deviation, DEVIATIONS } from "../../shared/protocol3/deviation.ts";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import { GOLDEN_REVISIONS, hex, joined } from "../kernel/golden_vectors.ts";
import { cut, hearRequests } from "../kernel/told_events.ts";
import { filesLikePadding, NEAR_MISSES } from "./client_near_misses.ts";
import { filesOf, play } from "./client_play.ts";
import { nameField, packetsOf, request, verdictPayload } from "./client_requests.ts";
import { ClientServer } from "./client_server.ts";
import { cksum, FieldClient } from "./field_client.ts";
import { NAME, speakerOf, testNearMisses } from "./test_near_misses.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

// Byte by byte in every revision in tests/long/.
testNearMisses({ pieces: "some" });

Deno.test("there is a near miss for every deviation", () => {
  const missed = new Set<string>(NEAR_MISSES.map(({ deviation }) => deviation));
  deepStrictEqual([...missed].sort(), Object.keys(DEVIATIONS).sort());
});

for (const [revision, { requests, uploads }] of GOLDEN_REVISIONS) {
  Deno.test(`a golden session of ${revision} notes no deviation`, () => {
    const stream = joined([
      ...requests.map((request) => hex(request.hex)),
      ...uploads.flatMap(({ messages }) => messages.map((message) => hex(message.hex))),
    ]);
    const options = { revision, maxFileSize: 1 << 20 };
    const expected = hearRequests(new RequestParser(options), [stream]);
    strictEqual(expected.cut, undefined);
    for (const strict of [false, true]) {
      for (const size of [Infinity, 1, 100]) {
        const noted: Deviation[] = [];
        const profile = new Profile({ strict, onSeen: (deviation) => noted.push(deviation) });
        const parser = new RequestParser({ ...options, profile });
        deepStrictEqual(hearRequests(parser, cut(stream, [size])), expected);
        deepStrictEqual(noted, []);
      }
    }
  });
}

Deno.test("a registration after a refused reconnect is not taken for zeros", async () => {
  for (const revision of ["2023a", "2023c", "2024a", "2024c"] as const) {
    await using server = await ClientServer.open();
    for (const strict of [true, false]) {
      const noted: Deviation[] = [];
      const line = server.direct({ revision, strict, onSeen: (seen) => void noted.push(seen) });
      const speaker = speakerOf(revision);
      const payload = nameField(`${NAME} ${strict}`, {});
      await line.write(request("reconnect", { speaker, payload }));
      await line.read(7 + 16);
      await line.write(request("register", { speaker, payload }));
      const reply = Buffer.from(await line.read(7 + 16));
      strictEqual(reply.readUInt16LE(1), REVISIONS[revision].replies.registered.code);
      strictEqual((await line.end()).byteLength, 0);
      deepStrictEqual(noted, []);
    }
  }
});

Deno.test("padding one zero short is dropped; replies are unchanged", async () => {
  await using server = await ClientServer.open();
  const noted: Deviation[] = [];
  const line = server.direct({ revision: "2024a", onSeen: (seen) => void noted.push(seen) });
  const speaker = speakerOf("2024a");
  const padded = { ...speaker, habits: { paddedRequests: true } } as const;
  const registration = request("register", { speaker: padded, payload: nameField(NAME, {}) });
  await line.write(registration.subarray(0, -1));
  await line.read(7 + 16);
  await line.write(request("reconnect", { speaker, payload: nameField(NAME, {}) }));
  await line.read(7 + 16);
  strictEqual((await line.end()).byteLength, 0);
  deepStrictEqual(noted, ["zeros-between-requests"]);
});

Deno.test("an official client may pause before its last 16 bytes", async () => {
  for (const revision of ["2022c", "2023a", "2024a"] as const) {
    for (const [file] of [filesOf([0]), filesOf([40])]) {
      ok(file !== undefined);
      await using server = await ClientServer.open();
      const noted: Deviation[] = [];
      const line = server.direct({ revision, onSeen: (seen) => void noted.push(seen) });
      const dial = () => Promise.resolve(line);
      const client = new FieldClient({ ...speakerOf(revision), name: NAME, dial });
      await client.register();
      await client.bringKey();
      const { clientId, aesKey } = client;
      const speaker = { ...speakerOf(revision), clientId };
      const [packet] = packetsOf({ ...file, aesKey, spoiled: false }, speaker);
      ok(packet !== undefined);
      const checksum = async () => Buffer.from(await line.read(286)).readUInt32LE(282);

      await line.write(packet.bytes.subarray(0, -16));
      strictEqual(line.silenceLimit, file.plain.byteLength === 0 ? undefined : 1_000);
      await line.write(packet.bytes.subarray(-16));
      strictEqual(await checksum(), cksum(file.plain));
      deepStrictEqual(noted, []);
      if (file.plain.byteLength === 0) {
        await line.end();
        continue;
      }

      await line.write(packet.bytes.subarray(0, -16));
      ok(await checksum() !== cksum(file.plain));
      await line.write(packet.bytes.subarray(-16));
      const payload = verdictPayload(file.name, speaker);
      await line.write(joined([request("crcRetry", { speaker, payload }), packet.bytes]));
      strictEqual(await checksum(), cksum(file.plain));
      await line.write(request("crcValid", { speaker, payload }));
      await line.read(7 + REVISIONS[revision].replies.acknowledged.layout.size);
      deepStrictEqual((await server.stored(clientId, file.name))?.contents, file.plain);
      deepStrictEqual(noted, ["content-16-short"]);
      await line.end();
    }
  }
});

Deno.test("a strict server goes on waiting for the last 16 bytes", async () => {
  await using server = await ClientServer.open();
  const line = server.direct({ revision: "2023a", strict: true });
  const { revision, habits } = speakerOf("2023a");
  const dial = () => Promise.resolve(line);
  const client = new FieldClient({ revision, habits, name: NAME, dial });
  await client.register();
  await client.bringKey();
  const [packet] = packetsOf(
    { name: "a", plain: new Uint8Array(40), aesKey: client.aesKey, spoiled: false },
    { revision, habits, clientId: client.clientId },
  );
  await line.write((packet?.bytes ?? new Uint8Array(0)).subarray(0, -16));
  strictEqual(line.silenceLimit, undefined);
  await line.end();
});

Deno.test("padding that looks like the client's id is no request", async () => {
  await using server = await ClientServer.open();
  const clientId = NO_CLIENT_ID;
  await server.record({ id: clientId, name: NAME, revision: "2024a" });
  const noted: Deviation[] = [];
  const setting = {
    revision: "2024a",
    onSeen: (seen: Deviation) => void noted.push(seen),
  } as const;
  const dial = () => Promise.resolve(server.direct(setting));
  const { revision } = speakerOf("2024a");
  const habits = { lastPacketFull: "zeros" } as const;
  const client = new FieldClient({ revision, habits, name: NAME, dial, clientId });
  await client.bringKey();
  for (const file of filesOf([1, 300])) {
    await client.send(file);
    deepStrictEqual((await server.stored(clientId, file.name))?.contents, file.plain);
  }
  await client.leave();
  deepStrictEqual(noted, ["oversized-payload"]);
});

Deno.test("a first packet that ends like padding is no message of its own", async () => {
  await using server = await ClientServer.open();
  for (
    const [habits, expected] of [
      [{ connectionFor: "each packet" }, "connection-per-request"],
      [{ contentTooLarge: "size alone" }, "oversized-content"],
      [{ contentTooLarge: "size and payload" }, "content-16-short"],
    ] as const
  ) {
    const noted = new Set<Deviation>();
    const onSeen = (deviation: Deviation) => void noted.add(deviation);
    const dial = () => Promise.resolve(server.direct({ revision: "2024a", onSeen }));
    await play({ server, habits, revision: "2024a", dial, files: filesLikePadding([289]) });
    deepStrictEqual([...noted], [expected]);
  }
});
