import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { joined } from "../../wire/bytes.ts";
import { blockHashNow } from "../tree/leaf_stack.ts";
import { bytesOf, VECTORS } from "../../../tests/protocol4/fixtures/vectors.ts";
import { AnswerParser } from "./answer_parser.ts";
import { BatchParser } from "./batch_parser.ts";
import {
  type BatchAnswer,
  type BatchFrame,
  encodeAnswer,
  encodeFrame,
  FrameError,
  MAX_BATCH_CONTENT,
  type UnusableFrame,
} from "./frame.ts";

const { frames } = VECTORS;
const utf8 = new TextEncoder();

const file = (id: number, content: Uint8Array, path = `file-${id}`): BatchFrame => {
  return { type: "file", id, metadata: { path }, sha256: blockHashNow(content), content };
};

function parsed(pieces: readonly Uint8Array[]): readonly (BatchFrame | UnusableFrame)[] {
  const parser = new BatchParser();
  const found: (BatchFrame | UnusableFrame)[] = [];
  for (const piece of pieces) {
    parser.push(piece, (frame) => {
      found.push(
        frame.type === "file"
          ? { ...frame, content: frame.content.slice(), sha256: frame.sha256.slice() }
          : frame,
      );
    });
  }
  parser.end();
  return found;
}

function answers(pieces: readonly Uint8Array[]): readonly BatchAnswer[] {
  const parser = new AnswerParser();
  const found: BatchAnswer[] = [];
  for (const piece of pieces) parser.push(piece, (answer) => found.push(answer));
  parser.end();
  return found;
}

/** A frame written by hand. */
function raw(type: number, body: Uint8Array, { id = 1, length = body.byteLength } = {}) {
  const header = new DataView(new ArrayBuffer(12));
  header.setUint8(0, type);
  header.setUint32(4, id, true);
  header.setUint32(8, length, true);
  return joined(new Uint8Array(header.buffer), body);
}

Deno.test("Frames have the bytes of the vectors, and are read from them", () => {
  const content = bytesOf(frames.file.content);
  const batch: readonly (readonly [BatchFrame, string])[] = [
    [
      {
        type: "file",
        id: 7,
        metadata: frames.file.metadata,
        sha256: blockHashNow(content),
        content,
      },
      frames.file.hex,
    ],
    [{ type: "folder", id: 0xffff_fffe, metadata: frames.folder.metadata }, frames.folder.hex],
    [{ type: "flush" }, frames.flush.hex],
  ];
  for (const [frame, digits] of batch) {
    deepStrictEqual(encodeFrame(frame), bytesOf(digits));
    deepStrictEqual(parsed([bytesOf(digits)]), [frame]);
  }
  const said: readonly (readonly [BatchAnswer, string])[] = [
    [{ type: "done", ids: frames.done.ids }, frames.done.hex],
    [
      { type: "refused", id: 9, reason: frames.refused.reason, message: frames.refused.message },
      frames.refused.hex,
    ],
  ];
  for (const [answer, digits] of said) {
    deepStrictEqual(encodeAnswer(answer), bytesOf(digits));
    deepStrictEqual(answers([bytesOf(digits)]), [answer]);
  }
});

Deno.test("A batch is the same for every place where it is cut in two, and byte by byte", () => {
  const all = [
    file(1, utf8.encode("hello")),
    { type: "folder", id: 2, metadata: { path: "x", mtime: "1" } },
    file(3, new Uint8Array(0)),
    { type: "flush" },
  ] as const;
  const bytes = joined(...all.map(encodeFrame));
  for (let at = 0; at <= bytes.byteLength; at++) {
    deepStrictEqual(parsed([bytes.subarray(0, at), bytes.subarray(at)]), all, `cut at ${at}`);
  }
  deepStrictEqual(parsed(Array.from(bytes, (byte) => Uint8Array.of(byte))), all);
});

Deno.test("A batch and its answers are the same in any pieces", () => {
  const content = fc.uint8Array({ maxLength: 200 });
  const cuts = fc.array(fc.nat(60), { minLength: 1, maxLength: 30 });
  const pieces = (bytes: Uint8Array, sizes: readonly number[]) => {
    const found: Uint8Array[] = [];
    for (let at = 0, next = 0; at < bytes.byteLength; next++) {
      const size = 1 + (sizes[next % sizes.length] ?? 0);
      found.push(bytes.subarray(at, at + size));
      at += size;
    }
    return found;
  };
  fc.assert(fc.property(fc.array(content, { maxLength: 8 }), cuts, (contents, sizes) => {
    const all = contents.map((bytes, id) => file(id, bytes));
    deepStrictEqual(parsed(pieces(joined(...all.map(encodeFrame)), sizes)), all);
    const said = contents.map((bytes, id): BatchAnswer =>
      id % 2 === 0
        ? { type: "done", ids: [...bytes] }
        : { type: "refused", id, reason: "bad-path", message: `No ${id}` }
    );
    deepStrictEqual(answers(pieces(joined(...said.map(encodeAnswer)), sizes)), said);
  }));
});

Deno.test("A file of 1 MiB is taken, and one byte more is refused on both sides", () => {
  const largest = file(1, new Uint8Array(MAX_BATCH_CONTENT));
  const bytes = encodeFrame(largest);
  deepStrictEqual(parsed([bytes.subarray(0, 70_000), bytes.subarray(70_000)]), [largest]);
  throws(() => encodeFrame(file(1, new Uint8Array(MAX_BATCH_CONTENT + 1))), RangeError);
  const metadata = utf8.encode('{"path":"a"}');
  const body = joined(
    Uint8Array.of(metadata.byteLength, 0),
    metadata,
    new Uint8Array(32 + MAX_BATCH_CONTENT + 1),
  );
  throws(() => parsed([raw(1, body)]), FrameError);
});

Deno.test("Bytes that are no batch are refused, by name, and for good", () => {
  const zero = new Uint8Array(0);
  const wrong: readonly (readonly [Uint8Array, RegExp])[] = [
    [raw(0, zero), /type 0/],
    [raw(0x81, zero), /type 129/],
    [raw(1, zero).with(1, 1), /other than 0/],
    [raw(1, zero).with(2, 1), /other than 0/],
    [raw(1, zero).with(3, 1), /other than 0/],
    [raw(3, Uint8Array.of(1)), /at most 0/],
    [raw(2, zero, { length: 65_536 }), /at most 65535/],
    [raw(1, zero, { length: 0xffff_ffff }), /4294967295 bytes/],
    [raw(1, zero), /no room/],
    [raw(1, new Uint8Array(33)), /no room/],
    [raw(1, Uint8Array.of(0xff, 0xff, ...new Uint8Array(40))), /no room for 65535/],
    [raw(1, new Uint8Array(40)).subarray(0, 30), /within a frame/],
    [raw(2, zero).subarray(0, 11), /within a frame/],
  ];
  for (const [bytes, message] of wrong) {
    throws(() => parsed([bytes]), (error: unknown) => {
      ok(error instanceof FrameError, String(error));
      ok(message.test(error.message), error.message);
      return true;
    });
  }
  const parser = new BatchParser();
  const found: string[] = [];
  const take = ({ type }: { readonly type: string }) => found.push(type);
  throws(() => parser.push(joined(raw(3, zero), raw(9, zero), raw(3, zero)), take), FrameError);
  throws(() => parser.push(raw(3, zero), take), FrameError);
  throws(() => parser.end(), FrameError);
  deepStrictEqual(found, ["flush"]);
  const other = new BatchParser();
  throws(() => other.push(raw(1, zero), take), FrameError);
  throws(() => other.push(raw(3, zero), take), FrameError);
  deepStrictEqual(found, ["flush"]);
});

Deno.test("A file whose metadata cannot be used is refused alone", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["", "bad-metadata"],
    ["[]", "bad-metadata"],
    ["null", "bad-metadata"],
    ['{"path":7}', "bad-metadata"],
    ['{"path":""}', "bad-metadata"],
    ['{"path":"a/../b"}', "bad-path"],
    ['{"path":"/a"}', "bad-path"],
    ['{"path":"a\\u0000"}', "bad-path"],
    [`{"path":"${"a".repeat(300)}"}`, "path-too-long"],
    ['{"path":"a","mtime":17}', "bad-metadata"],
    ['{"path":"a","mode":"999"}', "bad-metadata"],
    ['{"path":"a","link":""}', "bad-metadata"],
    ['{"path":"a"', "bad-metadata"],
  ];
  for (const [json, reason] of rows) {
    const [frame, next] = parsed([
      joined(raw(2, utf8.encode(json), { id: 5 }), raw(3, utf8.encode(""))),
    ]);
    ok(frame?.type === "unusable", json);
    strictEqual(frame.id, 5);
    strictEqual(frame.reason, reason, json);
    deepStrictEqual(next, { type: "flush" });
  }
  const link = { ...file(4, utf8.encode("x")), metadata: { path: "a", link: "b" } };
  const [refused] = parsed([encodeFrame(link)]);
  strictEqual(refused?.type, "unusable");
});

Deno.test("Memory for a body is taken as it comes, not as it is announced", () => {
  const parser = new BatchParser();
  const before = Deno.memoryUsage().external;
  const parsers = Array.from({ length: 200 }, () => new BatchParser());
  const start = raw(1, new Uint8Array(100), { length: MAX_BATCH_CONTENT });
  for (const each of parsers) each.push(start, () => {});
  const taken = Deno.memoryUsage().external - before;
  ok(taken < 20 * 1024 * 1024, `${taken} bytes`);
  parser.end();
});

Deno.test("Answers that are none are refused", () => {
  const wrong = [
    raw(1, new Uint8Array(40)),
    raw(0x81, new Uint8Array(3)),
    raw(0x81, new Uint8Array(0), { length: 16_388 }),
    raw(0x82, new Uint8Array(1)),
    raw(0x82, Uint8Array.of(5, 0, 65)),
    raw(0x82, Uint8Array.of(1, 0, 0xff)),
    raw(0x82, new Uint8Array(0), { length: 8195 }),
    raw(0x81, new Uint8Array(4)).subarray(0, 14),
  ];
  for (const bytes of wrong) throws(() => answers([bytes]), FrameError);
});

Deno.test("A long reason or text of a refusal is cut where a character ends", () => {
  const [answer] = answers([
    encodeAnswer({ type: "refused", id: 1, reason: "bad-path", message: "ü".repeat(5000) }),
  ]);
  ok(answer?.type === "refused");
  strictEqual(answer.message, "ü".repeat(2048));
  throws(() => encodeAnswer({ type: "done", ids: new Array(4097).fill(1) }), RangeError);
});
