import { ok, strictEqual } from "node:assert/strict";
import { PacketSequence } from "../../shared/protocol3/parsing/packet_sequence.ts";
import { aesKeysOf } from "../../server/protocol3/uploads/file_key.ts";
import { Upload } from "../../server/protocol3/uploads/upload.ts";
import { UploadsUnderWay } from "../../server/protocol3/uploads/uploads_under_way.ts";
import { MemoryStore } from "../storage/memory_store.ts";
import { FILE } from "../kernel/sample_requests.ts";
import { TestClock } from "../peers/test_clock.ts";
import { incomingFile } from "../peers/test_services.ts";
import { timesAsLong } from "./times_as_long.ts";
import { NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

/**
 * How many times as long it may take beside a thousand times as many; 45 when all are looked at.
 */
const MOST = 4;

const FROM = { addressKey: "192.0.2.1" };
const KEYS = aesKeysOf(new Uint8Array(16));

/** The upload of the client with this number. */
async function uploadOf(number: number): Promise<Upload> {
  const clientId = NO_CLIENT_ID;
  new DataView(clientId.buffer).setUint32(0, number);
  return new Upload({
    begun: 0,
    sequence: new PacketSequence({ ...FILE, clientId }),
    keys: KEYS,
    chunkSize: () => 65_536,
    file: incomingFile(await new MemoryStore().stage()),
  });
}

/** Uploads of `count` clients, of which some are parked, and as many claims that wait. */
async function besides(count: number): Promise<UploadsUnderWay> {
  const uploads = new UploadsUnderWay({ onExpired() {}, clock: new TestClock() });
  for (let number = 1; number <= count; number++) {
    const upload = await uploadOf(number);
    uploads.add(upload);
    if (number <= 500) uploads.park(upload, FROM);
    uploads.claim(upload.request.clientId, () => false);
  }
  strictEqual(uploads.size, count);
  return uploads;
}

/** An upload from its start to its end, parked and claimed in between. */
async function oneBeside(count: number): Promise<() => void> {
  const uploads = await besides(count);
  const upload = await uploadOf(0);
  const { clientId } = upload.request;
  return () => {
    uploads.add(upload);
    uploads.park(upload, FROM);
    uploads.claimBegun(clientId, () => true);
    uploads.confirm(upload, Promise.resolve());
    uploads.drop(upload);
  };
}

Deno.test("an upload costs the same beside 10 and 10,000 uploads of others", async () => {
  const ratio = timesAsLong(await oneBeside(10_000), await oneBeside(10), { most: MOST });
  ok(ratio <= MOST, `${ratio.toFixed(1)} times as long`);
});
