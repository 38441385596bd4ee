import { ok } from "node:assert/strict";
import { dropSurplus } from "../../shared/protocol3/parsing/between_requests.ts";
import { ByteQueue } from "../../shared/wire/frame_parser.ts";
import { timesAsLong } from "./times_as_long.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** Bytes that follow a content. */
const SURPLUS = 64 * 1024;

/** How many times as long as zeros it may take; over 70 with a header decoded at each position. */
const MOST = 20;

for (const version of [3, 0x61]) {
  Deno.test(`surplus that looks like the client's id costs little (version ${version})`, () => {
    const like = dropping(0x61, version);
    ok(like() === SURPLUS);
    const ratio = timesAsLong(like, dropping(0, version), { most: MOST });
    ok(ratio <= MOST, `${ratio.toFixed(1)} times as long`);
  });
}

/** Drops surplus that consists of one byte, of a client whose id is all 0x61; returns how much. */
function dropping(byte: number, version: number): () => number {
  const surplus = new Uint8Array(SURPLUS).fill(byte);
  const clientId = clientIdOf(new Uint8Array(16).fill(0x61));
  const previous = { clientId, version, code: 1028, payloadSize: SURPLUS };
  return () => {
    const queue = new ByteQueue();
    queue.push(surplus);
    const { left } = dropSurplus(queue, {
      ...{ left: 2 * SURPLUS, passed: 0, previous },
      makesSense: () => false,
    });
    return 2 * SURPLUS - left + queue.size;
  };
}
