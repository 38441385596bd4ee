import { strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { PacketSequence } from "./packet_sequence.ts";
import { ProtocolError, type ProtocolReason } from "../protocol_error.ts";
import type { FileRequest } from "../request.ts";
import { TextField } from "../../wire/layout.ts";
import { clientIdOf, NO_CLIENT_ID } from "../../wire/client_id.ts";

/** The first of three packets of 32, 32 and 16 bytes. */
const FIRST: FileRequest = {
  kind: "file",
  clientId: clientIdOf(new Uint8Array(16).fill(7)),
  contentSize: 80,
  originalSize: 70,
  packet: 1,
  packets: 3,
  fileName: TextField.of("a.txt"),
  packetSize: 32,
};
const SECOND: FileRequest = { ...FIRST, packet: 2 };
const THIRD: FileRequest = { ...FIRST, packet: 3, packetSize: 16 };

/** Packets that follow the first two, and what is wrong with each. */
const WRONG: readonly (readonly [what: string, FileRequest, ProtocolReason])[] = [
  ["the first packet again", FIRST, "bad-packet-number"],
  ["the second packet again", SECOND, "bad-packet-number"],
  ["a packet with a gap before it", { ...THIRD, packet: 4 }, "bad-packet-number"],
  ["packet 0", { ...THIRD, packet: 0 }, "bad-packet-number"],
  [
    "a packet of another client",
    { ...THIRD, clientId: NO_CLIENT_ID },
    "packet-mismatch",
  ],
  ["a packet of another file", { ...THIRD, fileName: TextField.of("b.txt") }, "packet-mismatch"],
  ["a packet of another content size", { ...THIRD, contentSize: 96 }, "packet-mismatch"],
  ["a packet of another original size", { ...THIRD, originalSize: 71 }, "packet-mismatch"],
  ["a packet of another total", { ...THIRD, packets: 4 }, "packet-mismatch"],
  ["a last packet with a byte too many", { ...THIRD, packetSize: 17 }, "content-overflow"],
  ["a last packet with a byte too few", { ...THIRD, packetSize: 15 }, "content-incomplete"],
];

function sequenceOf(...packets: readonly FileRequest[]): PacketSequence {
  const [first = FIRST] = packets;
  const sequence = new PacketSequence(first);
  for (const packet of packets) sequence.add(packet);
  return sequence;
}

Deno.test("PacketSequence counts packets in until they hold the whole content", () => {
  const sequence = new PacketSequence(FIRST);
  const states = [FIRST, SECOND, THIRD].map((packet) => {
    strictEqual(sequence.whole, false);
    strictEqual(sequence.due, packet.packet);
    sequence.add(packet);
    return sequence.announced;
  });
  strictEqual(states.join(), "32,64,80");
  strictEqual(sequence.whole, true);
  strictEqual(sequence.first, FIRST);
});

Deno.test("PacketSequence does not count its first packet in by itself", () => {
  const sequence = new PacketSequence(FIRST);
  strictEqual(sequence.due, 1);
  strictEqual(sequence.announced, 0);
});

Deno.test("PacketSequence refuses to begin with any packet but 1", () => {
  for (const packet of [0, 2, 3, 0xffff]) {
    throws(() => new PacketSequence({ ...FIRST, packet }), hasReason("bad-packet-number"));
  }
});

for (const [what, packet, reason] of WRONG) {
  Deno.test(`PacketSequence refuses ${what} as ${reason} and is as it was`, () => {
    const sequence = sequenceOf(FIRST, SECOND);
    throws(() => sequence.add(packet), hasReason(reason));
    strictEqual(sequence.due, 3);
    strictEqual(sequence.announced, 64);
    sequence.add(THIRD);
    strictEqual(sequence.whole, true);
  });
}

Deno.test("PacketSequence refuses a packet of the whole again once it is whole", () => {
  const sequence = sequenceOf(FIRST, SECOND, THIRD);
  throws(() => sequence.add(THIRD), hasReason("bad-packet-number"));
  throws(() => sequence.add({ ...THIRD, packet: 4 }), hasReason("content-overflow"));
  strictEqual(sequence.whole, true);
});

Deno.test("PacketSequence takes a file in one packet, in revisions without packets too", () => {
  const single = { ...FIRST, packets: 1, packetSize: 80 };
  strictEqual(sequenceOf(single).whole, true);
  const { originalSize: _, ...older } = single;
  strictEqual(sequenceOf(older).whole, true);
});

Deno.test("PacketSequence.owns() goes by the file and its client, not by number or size", () => {
  const sequence = new PacketSequence(FIRST);
  strictEqual(sequence.owns({ ...THIRD, packet: 9, packetSize: 1 }), true);
  for (const [what, packet, reason] of WRONG) {
    strictEqual(sequence.owns(packet), reason !== "packet-mismatch", what);
  }
});

Deno.test("PacketSequence.owns() compares names up to their first NUL", () => {
  const stray = new TextField(FIRST.fileName.field.with(200, 0xff));
  strictEqual(new PacketSequence(FIRST).owns({ ...SECOND, fileName: stray }), true);
});

Deno.test("PacketSequence takes every way to cut a content into packets", () => {
  const cuts = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(cuts, (sizes) => {
    const contentSize = sizes.reduce((sum, size) => sum + size);
    const packets = sizes.map((packetSize, index) => ({
      ...FIRST,
      contentSize,
      packet: index + 1,
      packets: sizes.length,
      packetSize,
    }));
    const [first] = packets;
    if (first === undefined) return;
    const sequence = new PacketSequence(first);
    packets.forEach((packet, index) => {
      strictEqual(sequence.whole, false);
      strictEqual(sequence.due, index + 1);
      sequence.add(packet);
    });
    strictEqual(sequence.whole, true);
    strictEqual(sequence.announced, contentSize);
  }));
});

function hasReason(reason: ProtocolReason): (error: unknown) => boolean {
  return (error) => error instanceof ProtocolError && error.reason === reason;
}
