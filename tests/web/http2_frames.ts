/** Frames of HTTP/2, byte for byte. */

import { Buffer } from "node:buffer";

/** Makes a frame. */
export function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.byteLength, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** What a client begins with. */
export const PREFACE: Buffer = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(4, 0, 0, Buffer.alloc(0)),
]);

/** `GET` of a path of less than 127 bytes at `http://a`, on stream 1. */
export function getFrame(path: string): Buffer {
  const fields = [0x82, 0x86, 4, path.length, ...Buffer.from(path), 0x41, 1, 0x61];
  return frame(1, 5, 1, Buffer.from(fields));
}

/** A PING, which has to be answered by another one. */
export const PING: Buffer = frame(6, 0, 0, Buffer.alloc(8));
