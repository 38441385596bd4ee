import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { characterSize, decodeUtf8 } from "./encodings.ts";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What the runtime's own decoder says, which throws. */
function reference(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes near every border of the table of valid sequences, so that many of them are valid. */
const nearBorders = fc.array(
  fc.constantFrom(
    ...[0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1],
    ...[0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff, 0xbb, 0xbd],
  ),
  { maxLength: 8 },
).map((bytes) => Uint8Array.from(bytes));

Deno.test("decodeUtf8() agrees with the runtime's strict decoder on any bytes", () => {
  for (const bytes of [fc.uint8Array({ maxLength: 12 }), nearBorders]) {
    fc.assert(fc.property(bytes, (some) => {
      strictEqual(decodeUtf8(some), reference(some));
    }));
  }
});

Deno.test("decodeUtf8() keeps a replacement character and a byte-order mark", () => {
  const bytes = new TextEncoder().encode("\ufeffa\ufffdb");
  strictEqual(decodeUtf8(bytes), "\ufeffa\ufffdb");
});

Deno.test("characterSize() finds a character where the strict decoder reads exactly one", () => {
  fc.assert(
    fc.property(nearBorders, (bytes) => {
      for (let at = 0; at < bytes.byteLength; at++) {
        const sizes = [1, 2, 3, 4].filter((size) => {
          const text = at + size > bytes.byteLength
            ? undefined
            : reference(bytes.subarray(at, at + size));
          return text !== undefined && Array.from(text).length === 1;
        });
        strictEqual(characterSize(bytes, at), sizes[0] ?? 0, `${bytes} at ${at}`);
      }
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("characterSize() knows every lead byte with the seconds around each border", () => {
  const borders = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  for (let lead = 0; lead < 256; lead++) {
    for (const second of borders) {
      const bytes = Uint8Array.of(lead, second, 0x80, 0x80);
      const valid = [1, 2, 3, 4].find((size) => {
        const text = reference(bytes.subarray(0, size));
        return text !== undefined && Array.from(text).length === 1;
      });
      strictEqual(characterSize(bytes, 0), valid ?? 0, `${lead} ${second}`);
    }
  }
});
