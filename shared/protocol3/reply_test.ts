import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { REPLY_HEADER, type ReplyKind } from "./message.ts";
import { ProtocolError } from "./protocol_error.ts";
import { decodeReply, encodeReply, MAX_REPLY_PAYLOAD, type Reply } from "./reply.ts";
import { type Revision, REVISIONS } from "./revision.ts";
import { TextField } from "../wire/layout.ts";
import { type ClientId, clientIdOf } from "../wire/client_id.ts";

const CLIENT_ID: ClientId = clientIdOf(
  Uint8Array.from({ length: 16 }, (_, index) => index + 1),
);
const KEY = Uint8Array.from({ length: 128 }, (_, index) => 255 - index);
const CHECKSUM = {
  kind: "fileReceived",
  clientId: CLIENT_ID,
  contentSize: 0xffff_fff0,
  fileName: TextField.of("New_product_spec.docx"),
  checksum: 0xffff_ffff,
} as const;

/** Every reply with the size of its payload. */
const REPLIES: readonly (readonly [Reply, size: number])[] = [
  [{ kind: "registered", clientId: CLIENT_ID }, 16],
  [{ kind: "registrationRefused" }, 0],
  [{ kind: "keyAccepted", clientId: CLIENT_ID, encryptedKey: KEY }, 144],
  [CHECKSUM, 279],
  [{ kind: "acknowledged", clientId: CLIENT_ID }, 16],
  [{ kind: "reconnectAccepted", clientId: CLIENT_ID, encryptedKey: KEY }, 144],
  [{ kind: "reconnectRefused", clientId: CLIENT_ID }, 16],
  [{ kind: "serverError" }, 0],
];

const ALL = Object.values(REVISIONS);

function payloadOf(message: Uint8Array): Uint8Array {
  return message.subarray(REPLY_HEADER.size);
}

function knows({ replies }: Revision, kind: ReplyKind): boolean {
  return replies[kind] !== undefined;
}

for (const [reply, size] of REPLIES) {
  Deno.test(`encodeReply() frames ${reply.kind}, and decodeReply() takes it back`, () => {
    for (const revision of ALL.filter((revision) => knows(revision, reply.kind))) {
      const empty = revision.name === "2022c" && reply.kind === "acknowledged";
      const message = encodeReply(revision, reply);
      deepStrictEqual(REPLY_HEADER.decode(message), {
        version: 3,
        code: revision.replies[reply.kind]?.code ?? 0,
        payloadSize: empty ? 0 : size,
      });
      const payload = payloadOf(message);
      strictEqual(payload.byteLength, empty ? 0 : size);
      deepStrictEqual(
        decodeReply(revision, reply.kind, payload),
        empty ? { kind: reply.kind } : reply,
      );
    }
  });
}

Deno.test("encodeReply() refuses in 2022c the replies that it does not have", () => {
  for (const [reply] of REPLIES) {
    const encode = () => encodeReply(REVISIONS["2022c"], reply);
    if (knows(REVISIONS["2022c"], reply.kind)) encode();
    else throws(encode, RangeError);
  }
});

Deno.test("encodeReply() needs an id to acknowledge with wherever the reply carries one", () => {
  for (const revision of ALL) {
    const encode = () => encodeReply(revision, { kind: "acknowledged" });
    if (revision.name === "2022c") strictEqual(payloadOf(encode()).byteLength, 0);
    else throws(encode, RangeError);
  }
  throws(() => encodeReply(REVISIONS["2024a"], { kind: "reconnectRefused" }), RangeError);
});

Deno.test("decodeReply() refuses every payload of another size as payload-size-mismatch", () => {
  for (const revision of ALL) {
    for (const [{ kind }, due] of REPLIES.filter(([{ kind }]) => knows(revision, kind))) {
      // A key may have any length: it is that of the RSA key.
      if (due === 144) continue;
      const right = revision.name === "2022c" && kind === "acknowledged" ? 0 : due;
      for (let size = 0; size <= 300; size++) {
        const decode = () => decodeReply(revision, kind, new Uint8Array(size));
        if (size === right) decode();
        else throws(decode, hasReason("payload-size-mismatch"));
      }
    }
  }
});

Deno.test("decodeReply() takes an encrypted key of any length but none", () => {
  for (const kind of ["keyAccepted", "reconnectAccepted"] as const) {
    for (let size = 0; size <= 16; size++) {
      const payload = new Uint8Array(size);
      throws(
        () => decodeReply(REVISIONS["2024a"], kind, payload),
        hasReason("payload-size-mismatch"),
      );
    }
    const key = fc.uint8Array({ minLength: 1, maxLength: MAX_REPLY_PAYLOAD - 16 });
    fc.assert(fc.property(key, (encryptedKey) => {
      const reply = { kind, clientId: CLIENT_ID, encryptedKey };
      const payload = payloadOf(encodeReply(REVISIONS["2024a"], reply));
      deepStrictEqual(decodeReply(REVISIONS["2024a"], kind, payload), reply);
    }));
  }
});

Deno.test("encodeReply() repeats the field of a file name to the letter", () => {
  const field = TextField.of("a.txt").field.with(100, 0xff);
  const reply = { ...CHECKSUM, fileName: new TextField(field) };
  const payload = payloadOf(encodeReply(REVISIONS["2024a"], reply));
  deepStrictEqual(payload.subarray(20, 275), field);
});

function hasReason(reason: ProtocolError["reason"]): (error: unknown) => boolean {
  return (error) => error instanceof ProtocolError && error.reason === reason;
}
