import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { layout, u8 } from "./layout.ts";
import { FrameParser } from "./frame_parser.ts";

const HEADER = layout({ kind: u8, size: u8 });

/** What a parser makes of frames of 2 bytes of fields, `content` bytes, then `surplus` bytes. */
function framesOf(pieces: readonly Uint8Array[], payload: { content: number; surplus: number }) {
  const frames = new FrameParser(HEADER);
  const parts: unknown[] = [];
  for (const piece of pieces) {
    frames.push(piece);
    for (let more = true; more;) more = step(frames, { parts, payload });
  }
  return { frames, parts };
}

function step(
  frames: FrameParser<{ kind: typeof u8; size: typeof u8 }>,
  { parts, payload }: { parts: unknown[]; payload: { content: number; surplus: number } },
): boolean {
  const { part } = frames;
  switch (part) {
    case "header": {
      const header = frames.takeHeader();
      if (header !== undefined) parts.push(header);
      return header !== undefined;
    }
    case "fields": {
      const fields = frames.takeFields(2);
      if (fields === undefined) return false;
      parts.push([...fields]);
      frames.continue(payload);
      return true;
    }
    case "content": {
      const content = frames.takeContent();
      if (content === undefined) return false;
      if (content === "end") parts.push("end");
      else parts.push(...content);
      return true;
    }
    case "surplus": {
      const dropped = Math.min(frames.surplus, frames.queue.size);
      frames.queue.drop(dropped);
      frames.leave(frames.surplus - dropped);
      return frames.part === "header";
    }
    case "lost":
      return false;
  }
}

const BYTES = Uint8Array.of(7, 9, 1, 2, 10, 11, 12, 0, 0, 8, 9);
const PARTS = [{ kind: 7, size: 9 }, [1, 2], 10, 11, 12, "end", { kind: 8, size: 9 }];

Deno.test("FrameParser takes a frame apart, whole or byte by byte", () => {
  const payload = { content: 3, surplus: 2 };
  deepStrictEqual(framesOf([BYTES], payload).parts, PARTS);
  const bytes = Array.from(BYTES, (byte) => Uint8Array.of(byte));
  deepStrictEqual(framesOf(bytes, payload).parts, PARTS);
});

Deno.test("FrameParser ends a frame without content after its fields", () => {
  const { frames } = framesOf([BYTES.subarray(0, 7)], { content: 3, surplus: 2 });
  strictEqual(frames.size, 2 + 2 + 3 + 2);
  const short = framesOf([BYTES.subarray(0, 4)], { content: 0, surplus: 0 }).frames;
  deepStrictEqual([short.part, short.size], ["header", 4]);
});

Deno.test("FrameParser counts missing content as surplus and never lengthens it", () => {
  const { frames } = framesOf([BYTES.subarray(0, 4)], { content: 3, surplus: 2 });
  frames.shorten(5);
  strictEqual(frames.surplus, 2);
  frames.shorten(1);
  strictEqual(frames.surplus, 4);
  strictEqual(frames.size, 9);
  frames.push(BYTES.subarray(4));
  deepStrictEqual(frames.takeContent(), Uint8Array.of(10));
  strictEqual(frames.takeContent(), "end");
  strictEqual(frames.part, "surplus");
});

Deno.test("FrameParser that is lost forgets its bytes and takes no more", () => {
  const { frames } = framesOf([BYTES.subarray(0, 3)], { content: 3, surplus: 2 });
  frames.lose();
  frames.push(BYTES);
  deepStrictEqual([frames.part, frames.queue.size], ["lost", 0]);
});
