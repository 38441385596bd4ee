import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { REPLY_HEADER } from "../message.ts";
import { encodeReply, MAX_REPLY_PAYLOAD, type Reply } from "../reply.ts";
import { type ReplyEvent, ReplyParser } from "./reply_parser.ts";
import { REVISIONS, REVISIONS_BY_PREFERENCE } from "../revision.ts";
import { TextField } from "../../wire/layout.ts";
import { type ClientId, clientIdOf } from "../../wire/client_id.ts";

const { "2022c": R2022C, "2023c": R2023C, "2024a": R2024A, "2024c": R2024C } = REVISIONS;
const CLIENT_ID: ClientId = clientIdOf(
  Uint8Array.from({ length: 16 }, (_, index) => index + 1),
);
const REGISTERED = { kind: "registered", clientId: CLIENT_ID } as const;
const CHECKSUM: Reply = {
  kind: "fileReceived",
  clientId: CLIENT_ID,
  contentSize: 48,
  fileName: TextField.of("a.txt"),
  checksum: 1,
};

/** A reply with any header. */
function frame(
  { code = 1600, version = 3, payloadSize = 0, payload = new Uint8Array(payloadSize) }: {
    readonly code?: number;
    readonly version?: number;
    readonly payloadSize?: number;
    readonly payload?: Uint8Array;
  },
): Uint8Array {
  return Uint8Array.from([...REPLY_HEADER.encode({ version, code, payloadSize }), ...payload]);
}

/** All events of some bytes. */
function eventsOf(parser: ReplyParser, ...pieces: readonly Uint8Array[]): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  for (const piece of pieces) {
    parser.push(piece);
    for (let event = parser.next(); event !== undefined; event = parser.next()) events.push(event);
  }
  return events;
}

/** The kinds of the replies, the reasons of the refusals. */
function summary(events: readonly ReplyEvent[]): readonly string[] {
  return events.map((event) =>
    event.type === "reply"
      ? `${event.revision.name} ${event.reply.kind}`
      : event.type === "refused"
      ? event.error.reason
      : event.type
  );
}

Deno.test("ReplyParser reads several replies out of one piece", () => {
  const parser = new ReplyParser([R2024A]);
  const bytes = [REGISTERED, CHECKSUM].flatMap((reply) => [...encodeReply(R2024A, reply)]);
  deepStrictEqual(eventsOf(parser, Uint8Array.from(bytes)), [
    { type: "reply", revision: R2024A, reply: REGISTERED },
    { type: "reply", revision: R2024A, reply: CHECKSUM },
  ]);
  strictEqual(parser.end(), undefined);
});

Deno.test("ReplyParser takes any version byte", () => {
  for (const version of [0, 2, 255]) {
    const bytes = frame({ code: 1600, version, payloadSize: 16, payload: CLIENT_ID });
    deepStrictEqual(summary(eventsOf(new ReplyParser([R2024A]), bytes)), ["2024a registered"]);
  }
});

Deno.test("ReplyParser reads on behind a reply of an unknown code or of a wrong size", () => {
  const parser = new ReplyParser([R2024A]);
  const events = eventsOf(
    parser,
    frame({ code: 1608, payloadSize: 5 }),
    frame({ code: 1600, payloadSize: 15 }),
    frame({ code: 1607, payloadSize: 1 }),
    frame({ code: 1607 }),
  );
  deepStrictEqual(summary(events), [
    "unknown-code",
    "payload-size-mismatch",
    "payload-size-mismatch",
    "2024a serverError",
  ]);
  strictEqual(parser.lost, false);
});

Deno.test("ReplyParser keeps a payload of 528 bytes and refuses one of 529 at its header", () => {
  const parser = new ReplyParser([R2024A]);
  strictEqual(MAX_REPLY_PAYLOAD, 528);
  const largest = frame({ code: 1602, payloadSize: MAX_REPLY_PAYLOAD });
  deepStrictEqual(summary(eventsOf(parser, largest)), ["2024a keyAccepted"]);
  strictEqual(parser.lost, false);
  const header = frame({ code: 1602, payloadSize: MAX_REPLY_PAYLOAD + 1, payload: CLIENT_ID });
  deepStrictEqual(summary(eventsOf(parser, header)), ["payload-too-large"]);
});

Deno.test("ReplyParser reads nothing more once it is lost", () => {
  const parser = new ReplyParser([R2024A]);
  const tooLarge = frame({ payloadSize: 0xffff_ffff, payload: new Uint8Array(0) });
  deepStrictEqual(summary(eventsOf(parser, tooLarge)), ["payload-too-large"]);
  strictEqual(parser.lost, true);
  deepStrictEqual(eventsOf(parser, encodeReply(R2024A, REGISTERED)), []);
  strictEqual(parser.end(), undefined);
});

Deno.test("ReplyParser tells by the family of a code which candidate the server speaks", () => {
  const candidates = [R2024A, R2023C];
  for (const revision of candidates) {
    const events = eventsOf(new ReplyParser(candidates), encodeReply(revision, REGISTERED));
    deepStrictEqual(summary(events), [`${revision.name} registered`]);
  }
});

Deno.test("ReplyParser takes the preferred candidate where a code fits several", () => {
  const bytes = encodeReply(R2024C, REGISTERED);
  deepStrictEqual(summary(eventsOf(new ReplyParser([R2024C, R2024A]), bytes)), [
    "2024c registered",
  ]);
  deepStrictEqual(summary(eventsOf(new ReplyParser(REVISIONS_BY_PREFERENCE), bytes)), [
    "2024a registered",
  ]);
});

Deno.test("ReplyParser stays with the family of the first reply", () => {
  const parser = new ReplyParser([R2024A, R2023C]);
  const events = eventsOf(
    parser,
    frame({ code: 2200 }),
    encodeReply(R2023C, { kind: "serverError" }),
    encodeReply(R2024A, { kind: "serverError" }),
  );
  deepStrictEqual(summary(events), ["unknown-code", "2023c serverError", "unknown-code"]);
});

Deno.test("ReplyParser expects a payload in acknowledgements, except in 2022c", () => {
  deepStrictEqual(eventsOf(new ReplyParser([R2022C]), frame({ code: 2104 })), [
    { type: "reply", revision: R2022C, reply: { kind: "acknowledged" } },
  ]);
  deepStrictEqual(summary(eventsOf(new ReplyParser([R2023C]), frame({ code: 2104 }))), [
    "payload-size-mismatch",
  ]);
});

Deno.test("ReplyParser.end() names the part of a reply that was cut, at every place", () => {
  const message = encodeReply(R2024A, CHECKSUM);
  for (let size = 0; size <= message.byteLength; size++) {
    const parser = new ReplyParser([R2024A]);
    const events = eventsOf(parser, message.subarray(0, size));
    const whole = size === message.byteLength;
    strictEqual(events.length, whole ? 1 : 0);
    const expected = size === 0 || whole
      ? undefined
      : size < REPLY_HEADER.size
      ? "truncated-header"
      : "truncated-payload";
    strictEqual(parser.end()?.reason, expected, `${size} bytes`);
  }
});

Deno.test("ReplyParser's replies own their memory", () => {
  const parser = new ReplyParser([R2024A]);
  const message = encodeReply(R2024A, CHECKSUM);
  const [event] = eventsOf(parser, message);
  message.fill(0xee);
  ok(event?.type === "reply");
  deepStrictEqual(event.reply, CHECKSUM);
});

Deno.test("ReplyParser takes an error with an id for an error, unless it is strict", () => {
  const bytes = frame({ code: 1607, payloadSize: 16, payload: CLIENT_ID });
  const lenient = new ReplyParser([R2024A], { onDeviation: () => {} });
  deepStrictEqual(eventsOf(lenient, bytes, encodeReply(R2024A, REGISTERED)), [
    { type: "reply", revision: R2024A, reply: { kind: "serverError" } },
    { type: "reply", revision: R2024A, reply: REGISTERED },
  ]);
  const strict = new ReplyParser([R2024A]);
  deepStrictEqual(summary(eventsOf(strict, bytes)), ["payload-size-mismatch"]);
});
