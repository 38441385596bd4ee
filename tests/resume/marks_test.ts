import { deepStrictEqual } from "node:assert/strict";
import { encodeFrame } from "../../shared/protocol4/batch/frame.ts";
import { joined } from "../../shared/wire/bytes.ts";
import { Marks, marksIn } from "./marks.ts";

const head = new TextEncoder().encode("POST /v4/batch HTTP/1.1\r\nhost: x\r\n\r\n");

Deno.test("marksIn() finds the ends of heads, frames and their headers", () => {
  const frames = [1, 2].map((id) =>
    encodeFrame({ type: "folder", id, metadata: { path: `${id}` } })
  );
  const [first = new Uint8Array(), second = new Uint8Array()] = frames;
  const at = head.byteLength;
  deepStrictEqual(marksIn(joined(head, first, second)), [
    ...[at, at + 12, at + first.byteLength, at + first.byteLength + 12],
    at + first.byteLength + second.byteLength,
  ]);
  deepStrictEqual(marksIn(new Uint8Array(100_000)), []);
});

Deno.test("Marks are around each end, within what was said", () => {
  const marks = new Marks();
  const place = { connection: 3, direction: "toServer" } as const;
  deepStrictEqual([marks.add(place, new Uint8Array(4)), marks.add(place, new Uint8Array(2))], [
    ...[0, 4],
  ]);
  const around = [3, 4, 5, 6].map((after) => ({ ...place, after }));
  deepStrictEqual(marks.around, around);
});
