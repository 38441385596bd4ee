import { ok, strictEqual } from "node:assert/strict";
import { paddingSize } from "../../shared/protocol3/crypto/cbc.ts";
import { checkPublicKey, importPrivateKey } from "../../shared/protocol3/crypto/key_transport.ts";
import { sameBytes } from "../../shared/wire/bytes.ts";
import { PacketSequence } from "../../shared/protocol3/parsing/packet_sequence.ts";
import { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import { ReplyParser } from "../../shared/protocol3/parsing/reply_parser.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import { decryptChunked } from "./chunked_content.ts";
import { GOLDEN, GOLDEN_REVISIONS, type GoldenRefusal, hex, joined } from "./golden_vectors.ts";

/** So that sizes are refused for what they are, and not for this limit. */
const MAX_FILE_SIZE = 2 ** 32;

/** Every reason that a message has to be refused for at least once. */
const REASONS = {
  request: [
    "truncated-header",
    "truncated-payload",
    "unknown-code",
    "payload-too-large",
    "payload-size-mismatch",
    "file-payload-too-small",
    "content-size-not-block",
    "orig-size-mismatch",
    "bad-packet-number",
    "name-not-terminated",
    "name-empty",
    "public-key-invalid",
    "bad-padding",
  ],
  reply: [
    "truncated-header",
    "truncated-payload",
    "unknown-code",
    "payload-too-large",
    "payload-size-mismatch",
    "client-id-mismatch",
    "key-not-decryptable",
    "aes-key-length",
  ],
} as const;

const CHECKS = { request: checkRequest, reply: checkReply } as const;

for (const kind of ["request", "reply"] as const) {
  const refusals = GOLDEN.invalid.filter((vector) => vector.kind === kind);

  Deno.test(`the golden vectors have a ${kind} for each reason to refuse one`, () => {
    const outcomes = new Set(refusals.map(({ outcome }) => outcome));
    strictEqual([...outcomes].sort().join(), [...REASONS[kind]].sort().join());
  });

  for (const vector of refusals) {
    Deno.test(`the ${kind} ${vector.id} is refused as ${vector.outcome}`, async () => {
      strictEqual(await reasonOf(() => CHECKS[kind](vector)), vector.outcome);
    });
  }
}

Deno.test("what refuses the invalid messages accepts all golden ones", async () => {
  const { clientId } = GOLDEN.inputs;
  for (const [revision, { requests, replies, uploads, aesKey }] of GOLDEN_REVISIONS) {
    for (const { hex } of [...requests, ...uploads.flatMap(({ messages }) => messages[0] ?? [])]) {
      strictEqual(await reasonOf(() => checkRequest({ revision, hex, aesKey })), "none");
    }
    for (const { hex } of replies) {
      strictEqual(await reasonOf(() => checkReply({ revision, hex, clientId })), "none");
    }
  }
});

/** A message by itself, and what is known to whom it comes. */
type Received = Pick<GoldenRefusal, "revision" | "hex" | "then" | "aesKey" | "clientId">;

/** Does with a request all that a server does, up to the first thing wrong with it. */
async function checkRequest(vector: Received): Promise<void> {
  const { revision, hex: message, then, aesKey } = vector;
  ok(revision !== undefined && message !== undefined);
  const parser = new RequestParser({ revision, maxFileSize: MAX_FILE_SIZE });
  parser.push(hex(message));
  const content: Uint8Array[] = [];
  let sequence: PacketSequence | undefined;
  for (let event = parser.next(); event !== undefined; event = parser.next()) {
    if (event.type === "refused") throw event.error;
    if (event.type === "content") content.push(event.bytes.slice());
    if (event.type === "file") {
      sequence = new PacketSequence(event.request);
      sequence.add(event.request);
    }
    if (event.type === "request" && event.request.kind === "publicKey") {
      checkPublicKey(event.request.publicKey);
    }
  }
  if (then !== undefined) throw parser.end() ?? new Error("Nothing is wrong with ending here");
  if (sequence?.whole && aesKey !== undefined) {
    const plain = await decryptChunked(joined(content), { aesKey: hex(aesKey), chunkSize: 16 });
    // A server answers bad padding like a wrong checksum: only here does it have a name.
    if (paddingSize(plain) === 0) throw new ProtocolError("bad-padding", "There is no padding");
  }
}

/** Does with a reply all that a client does, up to the first thing wrong with it. */
async function checkReply({ revision, hex: message, then, clientId }: Received): Promise<void> {
  ok(revision !== undefined && message !== undefined);
  const parser = new ReplyParser([REVISIONS[revision]]);
  parser.push(hex(message));
  for (let event = parser.next(); event !== undefined; event = parser.next()) {
    if (event.type === "refused") throw event.error;
    ok(event.type === "reply");
    const { reply } = event;
    const named = "clientId" in reply ? reply.clientId : undefined;
    if (clientId !== undefined && named !== undefined && !sameBytes(named, hex(clientId))) {
      // The client tells it by the ids alone, and asks again as after an error.
      throw new ProtocolError("client-id-mismatch", "The reply is for another client");
    }
    if ("encryptedKey" in reply) {
      await (await importPrivateKey(hex(GOLDEN.rsa.pkcs8Hex))).openAesKey(reply.encryptedKey);
    }
  }
  if (then !== undefined) throw parser.end() ?? new Error("Nothing is wrong with ending here");
}

/** The reason of the `ProtocolError` that `check` rejects with, or "none". */
async function reasonOf(check: () => Promise<void>): Promise<string> {
  try {
    await check();
    return "none";
  } catch (error) {
    if (error instanceof ProtocolError) return error.reason;
    throw error;
  }
}
