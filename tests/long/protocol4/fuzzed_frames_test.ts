/** Frames of batches changed by chance, through a whole server; tests/fuzz has the parser alone. */

import { match, ok, strictEqual } from "node:assert/strict";
import { AnswerParser } from "../../../shared/protocol4/batch/answer_parser.ts";
import { encodeFrame, FRAME_HEADER_SIZE } from "../../../shared/protocol4/batch/frame.ts";
import { isProblemReason, statusOf } from "../../../shared/protocol4/problem.ts";
import { blockHashNow } from "../../../shared/protocol4/tree/leaf_stack.ts";
import { joined } from "../../../shared/wire/bytes.ts";
import { SeededRandom } from "../../chance/seeded_random.ts";
import { descriptorsOf } from "../../end_to_end/fixtures/descriptors.ts";
import { mostMemory } from "../../end_to_end/fixtures/most_memory.ts";
import {
  type LoggedUser,
  type ServerProcess,
  serverProcess,
} from "../../protocol4/fixtures/server_process.ts";

/** Frames that are answered in the end. */
const FRAMES = 100_000;

/** Frames of a batch, of which some that are no frames end it before its end. */
const IN_BATCH = 250;

/** One frame in so many has bytes changed anywhere, also those that say where the next begins. */
const STRUCTURE = 400;

/** The id in a refusal that is about the batch and none of its entries. */
const BATCH_ITSELF = 0xffff_ffff;

/** Frames after which memory and descriptors are looked at for the first time. */
const FIRST = 0.3;

/** Bytes that the server may take more for all later frames, and descriptors that it may have. */
const MOST_MEMORY = 32_000_000;
const MOST_DESCRIPTORS = 8;

/** Texts that metadata of a hostile client may have. */
const TEXTS = [
  ...["", ".", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a\0b", "CON", "x.", "\ud800", "*"],
  ...["a".repeat(300), "d/".repeat(70), "%2e%2e", "\u202e", "-1", "99999999999999999999999", "777"],
  ...['"1-00"', "*", '"link-YQ"', '"', "é".repeat(2_000), "__proto__", "f1", "d1", "d1/f1"],
] as const;

/** What stands in metadata where a text should. */
const OTHERS = [null, 0, -1, 1e300, true, [], {}, [["a"]], { path: "a" }] as const;

const MEMBERS = ["path", "mtime", "mode", "link", "ifMatch", "ifNoneMatch", "other"] as const;

const utf8 = new TextEncoder();

const { seed } = new SeededRandom();

Deno.test({
  name: `a server bears ${FRAMES} fuzzed frames over TLS (seed ${seed})`,
  ignore: Deno.build.os !== "linux",
  fn: () => fuzzFrames(FRAMES, new SeededRandom(seed)),
});

async function fuzzFrames(frames: number, random: SeededRandom): Promise<void> {
  await using peers = await serverProcess();
  const { pid } = peers.server;
  const user = await peers.logIn("maya");
  let first: { readonly memory: number; readonly descriptors: number } | undefined;
  let [answered, done] = [0, 0];
  while (answered < frames) {
    const told = await play(peers, user, batchOf(random));
    answered += told.done + told.refused;
    done += told.done;
    if (first !== undefined || answered < FIRST * frames) continue;
    first = { memory: await mostMemory(pid), descriptors: await descriptorsOf(pid) };
  }
  // Neither all nor none of them is what a server takes.
  ok(done > frames / 10 && done < frames * 0.9, `${done} of ${answered} were stored`);
  const honest = encodeFrame({
    ...{ type: "file", id: 1, metadata: { path: "honest/a" }, content: utf8.encode("abc") },
    sha256: blockHashNow(utf8.encode("abc")),
  });
  strictEqual((await play(peers, user, [honest])).done, 1);
  const memory = await mostMemory(pid) - (first?.memory ?? NaN);
  ok(memory < MOST_MEMORY, `${memory} bytes more`);
  const descriptors = await descriptorsOf(pid) - (first?.descriptors ?? NaN);
  ok(Math.abs(descriptors) <= MOST_DESCRIPTORS, `${descriptors} descriptors more`);
  // That nothing is staged any more is looked at when a server has stopped.
  const { stderr } = await peers.server.stop();
  match(stderr, /Stopped \(/);
  ok(!stderr.includes("internal-error"), stderr.slice(-2_000));
}

/** The frames of a batch, most of them changed. */
function batchOf(random: SeededRandom): readonly Uint8Array[] {
  return Array.from({ length: IN_BATCH }, (_, id) => {
    const frame = frameOf(id, random);
    if (!random.oneIn(STRUCTURE)) return frame;
    for (let changes = 1 + random.below(3); changes > 0; changes--) {
      const end = random.oneIn(2) ? FRAME_HEADER_SIZE : frame.byteLength;
      frame[random.below(end)] = random.below(256);
    }
    return random.oneIn(4) ? frame.slice(0, random.below(frame.byteLength)) : frame;
  });
}

/** A frame of a right form, with metadata and contents of any. */
function frameOf(id: number, random: SeededRandom): Uint8Array<ArrayBuffer> {
  if (random.oneIn(50)) return encodeFrame({ type: "flush" });
  const values: Record<string, unknown> = {
    path: `d${random.below(20)}${random.oneIn(4) ? "" : `/f${random.below(100)}`}`,
    ...(random.oneIn(2) && { mtime: String(random.next()) }),
    ...(random.oneIn(4) && { mode: "644" }),
    ...(random.oneIn(8) && { link: "f1" }),
  };
  for (let changes = random.below(3); changes > 0; changes--) {
    const value = random.oneIn(3)
      ? random.pick<unknown>([...OTHERS, undefined])
      : random.pick<unknown>([...TEXTS, undefined]);
    values[random.pick(MEMBERS)] = value;
  }
  let metadata = utf8.encode(JSON.stringify(values));
  if (random.oneIn(10)) metadata[random.below(metadata.byteLength)] = random.below(256);
  if (random.oneIn(40)) metadata = random.bytes(random.below(200));
  const content = random.bytes(contentSize(values, random));
  const sha256 = random.oneIn(8) ? random.bytes(32) : blockHashNow(content);
  const isFile = !random.oneIn(5);
  const size = Uint8Array.of(metadata.byteLength & 255, metadata.byteLength >> 8);
  const body = isFile ? joined(size, metadata, sha256, content) : metadata;
  const head = new DataView(new ArrayBuffer(FRAME_HEADER_SIZE));
  head.setUint8(0, isFile ? 1 : 2);
  head.setUint32(4, id, true);
  head.setUint32(8, body.byteLength, true);
  return joined(new Uint8Array(head.buffer), body);
}

function contentSize({ link }: Readonly<Record<string, unknown>>, random: SeededRandom): number {
  if (link !== undefined && !random.oneIn(10)) return 0;
  return random.below(random.oneIn(60) ? 80_000 : 60);
}

/** Sends a batch over a connection of its own; how many entries were stored and refused. */
async function play(
  peers: ServerProcess,
  user: LoggedUser,
  frames: readonly Uint8Array[],
): Promise<{ readonly done: number; readonly refused: number }> {
  const connection = await peers.connect(user);
  try {
    const { status, body } = await connection.request({
      ...{ method: "POST", path: "/v4/batch", body: joined(...frames) },
      headers: { authorization: user.authorization },
    });
    strictEqual(status, 200);
    const parser = new AnswerParser();
    const buffer = new Uint8Array(64 * 1024);
    let [done, refused] = [0, 0];
    for (let size; (size = await body.read(buffer)) !== undefined;) {
      parser.push(buffer.subarray(0, size), (answer) => {
        if (answer.type === "done") return void (done += answer.ids.length);
        // A fault of the server would be one of its own.
        ok(isProblemReason(answer.reason) && statusOf(answer.reason) < 500, answer.reason);
        if (answer.id !== BATCH_ITSELF) refused++;
      });
    }
    parser.end();
    return { done, refused };
  } finally {
    connection.close();
  }
}
