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

/** `GET http://a/`, on stream 1. */
export const GET_ROOT: Buffer = frame(1, 5, 1, Buffer.from([0x82, 0x84, 0x86, 0x41, 1, 0x61]));

/** A PING, which has to be answered by another one. */
export const PING: Buffer = frame(6, 0, 0, Buffer.alloc(8));
