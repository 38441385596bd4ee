import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { encryptedSize, paddingSize } from "../../shared/protocol3/crypto/cbc.ts";
import { Cksum } from "../../shared/cksum/cksum.ts";
import { PacketSequence } from "../../shared/protocol3/parsing/packet_sequence.ts";
import { encodeFileHead } from "../../shared/protocol3/request.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import { type Revision, REVISIONS } from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { decryptChunked, encryptChunked } from "./chunked_content.ts";
import {
  digits,
  GOLDEN,
  GOLDEN_REVISIONS,
  type GoldenUpload,
  hex,
  joined,
  plainOf,
} from "./golden_vectors.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

const CLIENT_ID = clientIdOf(hex(GOLDEN.inputs.clientId));

/** Smaller than both contents, so that several chunks follow each other. */
const CHUNK_SIZE = 32;

/** How many messages each upload takes. */
const MESSAGES = {
  small: { withPackets: 1, without: 1 },
  large: { withPackets: 3, without: 1 },
} as const;

for (const [name, golden] of GOLDEN_REVISIONS) {
  const revision = REVISIONS[name];
  const cipher = { aesKey: hex(golden.aesKey), chunkSize: CHUNK_SIZE };

  Deno.test(`${name} has golden uploads of as many messages as it needs`, () => {
    for (const [id, { withPackets, without }] of Object.entries(MESSAGES)) {
      const upload = golden.uploads.find((upload) => upload.id === id);
      strictEqual(upload?.messages.length, revision.packets ? withPackets : without, id);
    }
  });

  for (const upload of golden.uploads) {
    Deno.test(`${name} encrypts and frames the ${upload.id} upload to the byte`, async () => {
      const content = await encryptChunked(plainOf(upload), cipher);
      strictEqual(content.byteLength, encryptedSize(upload.plainLength));
      strictEqual(content.byteLength, upload.contentSize);
      strictEqual(sha256(content), upload.cipherSha256);
      deepStrictEqual(framed(revision, upload, content), upload.messages.map(({ hex }) => hex));
    });

    Deno.test(`${name} reads and decrypts the ${upload.id} upload to its plain file`, async () => {
      const { sequence: { first }, content } = received(revision, upload);
      strictEqual(first.contentSize, upload.contentSize);
      strictEqual(first.originalSize, revision.packets ? upload.plainLength : undefined);
      strictEqual(first.packets, upload.messages.length);
      strictEqual(first.fileName.text, upload.fileName);
      const padded = await decryptChunked(content, cipher);
      const plain = padded.slice(0, padded.byteLength - paddingSize(padded));
      deepStrictEqual(plain, plainOf(upload));
      const sum = new Cksum();
      sum.update(plain);
      strictEqual(sum.digest(), upload.cksum);
    });
  }
}

/** All messages of an upload, in digits. */
function framed(revision: Revision, upload: GoldenUpload, content: Uint8Array): string[] {
  let at = 0;
  return upload.messages.map(({ payloadSize }, index) => {
    const packetSize = payloadSize - revision.requests.file.layout.size;
    const head = encodeFileHead(revision, {
      kind: "file",
      clientId: CLIENT_ID,
      contentSize: content.byteLength,
      originalSize: upload.plainLength,
      packet: index + 1,
      packets: upload.messages.length,
      fileName: TextField.of(upload.fileName),
      packetSize,
    });
    return digits(joined([head, content.subarray(at, at += packetSize)]));
  });
}

/** What a server takes out of the messages of an upload. */
function received(revision: Revision, { messages, contentSize }: GoldenUpload): {
  readonly sequence: PacketSequence;
  readonly content: Uint8Array;
} {
  const parser = new RequestParser({ revision: revision.name, maxFileSize: contentSize });
  const pieces: Uint8Array[] = [];
  let sequence: PacketSequence | undefined;
  for (const message of messages) {
    parser.push(hex(message.hex));
    const head = parser.next();
    ok(head?.type === "file");
    strictEqual(head.request.packetSize, message.payloadSize - revision.requests.file.layout.size);
    deepStrictEqual(head.request.clientId, CLIENT_ID);
    sequence ??= new PacketSequence(head.request);
    sequence.add(head.request);
    const content = parser.next();
    ok(content?.type === "content");
    pieces.push(content.bytes.slice());
    deepStrictEqual(parser.next(), { type: "packetEnd" });
    strictEqual(parser.next(), undefined);
  }
  strictEqual(parser.end(), undefined);
  ok(sequence?.whole);
  return { sequence, content: joined(pieces) };
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
