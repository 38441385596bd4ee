/** What follows a content, which its packet announces but does not need. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import {
  CLIENT_ID,
  eventsOf,
  file,
  summary,
  verdict,
} from "../../../tests/kernel/sample_requests.ts";
import { joined } from "../../../tests/kernel/golden_vectors.ts";
import { REQUEST_HEADER } from "../message.ts";
import type { FileRequest } from "../request.ts";
import { Profile } from "./profile.ts";
import { RequestParser } from "./request_parser.ts";

/** Bytes after a content that are searched for a request. */
const SEARCHED = 64 * 1024;

/** A file whose packet announces `surplus` bytes more than its content. */
function oversized(surplus: number, changes: Partial<FileRequest> = {}): Uint8Array {
  const bytes = file("2024a", changes);
  const header = REQUEST_HEADER.decode(bytes);
  const payloadSize = header.payloadSize + surplus;
  bytes.set(REQUEST_HEADER.encode({ ...header, payloadSize }));
  return bytes;
}

function parserOf(): RequestParser {
  return new RequestParser({ revision: "2024a", maxFileSize: 1 << 20, profile: new Profile() });
}

/** Bytes in pieces of `size`. */
function* piecesOf(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.slice(at, at + size);
}

/** The last event of a parser that reads an oversized file, `gap` other bytes, and a verdict. */
function behind(gap: Uint8Array, { surplus, pieces }: { surplus: number; pieces: number }): string {
  const bytes = joined([oversized(surplus), gap, verdict("2024a")]);
  return summary(eventsOf(parserOf(), ...piecesOf(bytes, pieces))).at(-1) ?? "";
}

for (const pieces of [1 << 20, 4096, 1000, 7]) {
  Deno.test(`RequestParser finds a request in the first 64 KiB of a surplus (${pieces})`, () => {
    // Each byte of it could be the first of the client's id.
    const gap = new Uint8Array(SEARCHED - 1).fill(CLIENT_ID[0] ?? 0);
    strictEqual(behind(gap, { surplus: 1 << 19, pieces }), "2024a crcValid");
  });

  Deno.test(`RequestParser skips what a packet announces beyond 64 KiB (${pieces})`, () => {
    const gap = new Uint8Array(SEARCHED);
    strictEqual(behind(gap, { surplus: 1 << 19, pieces }), "packetEnd");
    // The next request is due where the packet ends by its own size.
    const zeros = new Uint8Array(1 << 19);
    strictEqual(behind(zeros, { surplus: 1 << 19, pieces }), "2024a crcValid");
  });
}

Deno.test("RequestParser reads no further after a refused content with a surplus", () => {
  const parser = parserOf();
  const refused = oversized(16, { originalSize: 49 });
  const events = eventsOf(parser, joined([refused, verdict("2024a")]));
  deepStrictEqual(summary(events), ["orig-size-mismatch"]);
  strictEqual(parser.lost, true);
});

Deno.test("RequestParser drops the rest of a content, and ends there if more was announced", () => {
  for (const surplus of [0, 16]) {
    const parser = parserOf();
    parser.push(joined([oversized(surplus), verdict("2024a")]));
    strictEqual(parser.next()?.type, "file");
    parser.dropContent();
    deepStrictEqual(summary(eventsOf(parser)), []);
    const next = parser.next();
    strictEqual(next?.type, surplus === 0 ? "request" : undefined);
    strictEqual(parser.lost, surplus > 0);
  }
});
