/** What batches of frames that are refused take of the server's memory. */

import { strictEqual } from "node:assert/strict";
import { AnswerParser } from "../../../shared/protocol4/batch/answer_parser.ts";
import { encodeFrame } from "../../../shared/protocol4/batch/frame.ts";
import { blockHashNow } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { assertBelow } from "../../chance/assert_below.ts";
import { mostMemory } from "../../end_to_end/fixtures/most_memory.ts";
import {
  type LoggedUser,
  type ServerProcess,
  serverProcess,
} from "../../protocol4/fixtures/server_process.ts";

/** Batches at once, and the bytes of each. */
const BATCHES = 4;
const SIZE = 1_200_000;

/** A frame of a folder without metadata: the smallest that is refused. */
const REFUSED = Uint8Array.of(2, ...new Uint8Array(11));

/**
 * Bytes that the server may take more for them than for frames of files that are stored: 57 to 95
 * million were seen, and 99 to 254 where answers waited without a bound. It depends on when the
 * runtime collects its garbage: one of a few servers has to do.
 */
const MOST = 98_000_000;

Deno.test({
  name: "Batches of the smallest frames, each refused, take little memory of the server",
  ignore: Deno.build.os !== "linux",
  fn: () => assertBelow(MOST, takenByRefusals, { tries: 4, unit: "bytes" }),
});

/** Bytes that a server takes more for refused frames than for others. */
async function takenByRefusals(): Promise<number> {
  await using peers = await serverProcess();
  const user = await peers.logIn("maya");
  const content = new Uint8Array(60_000);
  const file = { type: "file", id: 1, content, sha256: blockHashNow(content) } as const;
  const stored = encodeFrame({ ...file, metadata: { path: "a" } });
  for (const refusals of await together(peers, user, stored)) strictEqual(refusals, 0);
  const before = await mostMemory(peers.server.pid);
  for (const refusals of await together(peers, user, REFUSED)) {
    strictEqual(refusals, SIZE / REFUSED.byteLength);
  }
  return await mostMemory(peers.server.pid) - before;
}

/** Sends batches of equal frames at once. Resolves with the refusals of each. */
function together(
  peers: ServerProcess,
  user: LoggedUser,
  frame: Uint8Array,
): Promise<readonly number[]> {
  const batch = new Uint8Array(Math.floor(SIZE / frame.byteLength) * frame.byteLength);
  for (let at = 0; at < batch.byteLength; at += frame.byteLength) batch.set(frame, at);
  return Promise.all(Array.from({ length: BATCHES }, async () => {
    const { status, body } = await (await peers.connect(user)).request({
      ...{ method: "POST", path: "/v4/batch", body: batch },
      headers: { authorization: user.authorization },
    });
    strictEqual(status, 200);
    const parser = new AnswerParser();
    const buffer = new Uint8Array(64 * 1024);
    let refusals = 0;
    for (;;) {
      const size = await body.read(buffer);
      if (size === undefined) break;
      parser.push(buffer.subarray(0, size), ({ type }) => {
        if (type === "refused") refusals++;
      });
    }
    parser.end();
    return refusals;
  }));
}
