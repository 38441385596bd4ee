/** How a server in the field puts its replies into bytes, and sends them. */

import { CLIENT, PADDING_BLOCK, REPLY_HEADER } from "../../shared/protocol3/message.ts";
import { encodeReply, type PacketReply, type Reply } from "../../shared/protocol3/reply.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import { joined, lcg } from "../kernel/golden_vectors.ts";
import type { ServerHabits } from "./server_habits.ts";

/**
 * How replies leave: each in one write, byte by byte, or in pieces that have nothing to do with
 * them.
 */
export type Delivery = "whole" | "bytes" | "pieces";

/**
 * Bytes of one write that leave one by one or piece by piece; more would only be more of the same.
 */
const IN_PARTS = 600;

/** The bytes of a reply. */
export function fieldReply(
  reply: Reply | PacketReply,
  { revision, habits }: { readonly revision: Revision; readonly habits: ServerHabits },
): Uint8Array {
  const encoded = encodeReply(revision, reply);
  const bytes = reply.kind === "serverError" && habits.errorWithId
    ? joined([encoded, new Uint8Array(CLIENT.size).fill(7)])
    : encoded;
  const { version, code } = REPLY_HEADER.decode(bytes);
  const payloadSize = bytes.byteLength - REPLY_HEADER.size;
  const header = {
    version: habits.version ?? version,
    code,
    payloadSize: declaredSize(reply, payloadSize, habits),
  };
  const missing = reply.kind === "reconnectRefused" && habits.refusalId === "missing" ||
    reply.kind === "acknowledged" && habits.acknowledgedWithoutId === true;
  return filledUp(
    joined([
      REPLY_HEADER.encode(header),
      missing ? new Uint8Array(0) : bytes.subarray(REPLY_HEADER.size),
      new Uint8Array(habits.zerosAfterReply ?? 0),
    ]),
    habits,
  );
}

/** Cuts bytes into what leaves in one write each; what is `behind` them leaves with the last. */
export function writesOf(
  bytes: Uint8Array,
  delivery: Delivery,
  behind: Uint8Array = new Uint8Array(0),
): readonly Uint8Array[] {
  if (delivery === "whole") return [joined([bytes, behind])];
  const writes: Uint8Array[] = [];
  let at = 0;
  // As random as they have to be, and the same each time.
  const sizes = lcg(bytes.byteLength, IN_PARTS);
  while (at < Math.min(bytes.byteLength, IN_PARTS)) {
    const size = delivery === "bytes" ? 1 : 1 + (sizes[at] ?? 0) % 40;
    writes.push(bytes.subarray(at, at + size));
    at += size;
  }
  const last = at < bytes.byteLength ? bytes.subarray(at) : writes.pop() ?? bytes;
  return [...writes, joined([last, behind])];
}

function declaredSize(reply: Reply | PacketReply, size: number, habits: ServerHabits): number {
  switch (reply.kind) {
    case "registered":
      return habits.registeredUndeclared ? 0 : size;
    case "reconnectRefused":
      return habits.refusalId ? 0 : size;
    case "acknowledged":
      return habits.acknowledgedWithoutId ? 0 : size;
    case "keyAccepted":
    case "reconnectAccepted":
      return habits.keySizeWithoutId ? size - CLIENT.size : size;
    default:
      return size;
  }
}

function filledUp(bytes: Uint8Array, { paddedReplies }: ServerHabits): Uint8Array {
  if (!paddedReplies) return bytes;
  const size = Math.ceil(bytes.byteLength / PADDING_BLOCK) * PADDING_BLOCK;
  return joined([bytes, new Uint8Array(size - bytes.byteLength)]);
}
