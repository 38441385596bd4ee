import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { importPrivateKey } from "../../shared/protocol3/crypto/key_transport.ts";
import { REPLY_HEADER, REQUEST_HEADER } from "../../shared/protocol3/message.ts";
import { encodeReply, type Reply } from "../../shared/protocol3/reply.ts";
import { ReplyParser } from "../../shared/protocol3/parsing/reply_parser.ts";
import { encodeRequest, type ShortRequest } from "../../shared/protocol3/request.ts";
import { RequestParser } from "../../shared/protocol3/parsing/request_parser.ts";
import { type Replies, type Requests, REVISIONS } from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import {
  digits,
  GOLDEN,
  GOLDEN_REVISIONS,
  type GoldenReply,
  type GoldenRequest,
  hex,
  REPLY_IDS,
  REQUEST_IDS,
  REQUEST_NAMES,
} from "./golden_vectors.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** What has to be in the vectors of each revision, so that no message is left untested. */
const MESSAGES = {
  requests: ["register", "publicKey", "reconnect", "crcValid", "crcRetry", "crcAbort"],
  replies: Object.values(REPLY_IDS),
  uploads: ["small", "large"],
} as const;

function codesOf(messages: Requests | Replies): Record<string, number> {
  return Object.fromEntries(Object.entries(messages).map(([kind, { code }]) => [kind, code]));
}

for (const [name, golden] of GOLDEN_REVISIONS) {
  const revision = REVISIONS[name];

  Deno.test(`${name} has the codes, sizes and port of the golden vectors`, () => {
    deepStrictEqual(codesOf(revision.requests), codes(golden.codes, REQUEST_NAMES));
    deepStrictEqual(codesOf(revision.replies), codes(golden.replyCodes, REPLY_IDS));
    strictEqual(revision.aesKeySize, golden.aesKeyLength);
    strictEqual(revision.requests.file.layout.size, golden.filePayloadHead);
  });

  Deno.test(`${name} has golden bytes for every message that it knows`, () => {
    const { requests, replies, uploads } = MESSAGES;
    deepStrictEqual(
      golden.requests.map(({ id }) => REQUEST_IDS[id]),
      requests.filter((kind) => revision.requests[kind] !== undefined),
    );
    deepStrictEqual(
      golden.replies.map(({ id }) => REPLY_IDS[id]),
      replies.filter((kind) => revision.replies[kind] !== undefined),
    );
    deepStrictEqual(golden.uploads.map(({ id }) => id), uploads);
  });

  for (const vector of golden.requests) {
    Deno.test(`${name} encodes and reads the request ${vector.id} to the byte`, () => {
      const request = requestOf(vector);
      const { clientId, version, code, payloadSize } = vector;
      strictEqual(digits(encodeRequest(revision, request)), vector.hex);
      deepStrictEqual(REQUEST_HEADER.decode(hex(vector.hex)), {
        clientId: hex(clientId),
        version,
        code,
        payloadSize,
      });
      const parser = new RequestParser({ revision: name, maxFileSize: 0 });
      parser.push(hex(vector.hex));
      deepStrictEqual(parser.next(), { type: "request", revision, request });
      strictEqual(parser.next(), undefined);
      strictEqual(parser.end(), undefined);
    });
  }

  for (const vector of golden.replies) {
    Deno.test(`${name} encodes and reads the reply ${vector.id} to the byte`, () => {
      const reply = replyOf(vector);
      const { version, code, payloadSize } = vector;
      strictEqual(digits(encodeReply(revision, reply)), vector.hex);
      deepStrictEqual(REPLY_HEADER.decode(hex(vector.hex)), { version, code, payloadSize });
      const parser = new ReplyParser([revision]);
      parser.push(hex(vector.hex));
      deepStrictEqual(parser.next(), { type: "reply", revision, reply });
      strictEqual(parser.next(), undefined);
      strictEqual(parser.end(), undefined);
    });

    const { encryptedKey, decryptsTo } = vector.fields;
    if (encryptedKey === undefined) continue;
    Deno.test(`${name} opens the AES key in the reply ${vector.id}`, async () => {
      const owner = await importPrivateKey(hex(GOLDEN.rsa.pkcs8Hex));
      const aesKey = await owner.openAesKey(hex(String(encryptedKey)));
      strictEqual(digits(aesKey), decryptsTo);
      strictEqual(digits(aesKey), golden.aesKey);
      strictEqual(aesKey.byteLength, revision.aesKeySize);
    });
  }
}

/** The codes that a revision has, under our names. */
function codes<Name extends string>(
  golden: Readonly<Record<Name, number | null>>,
  names: Readonly<Record<Name, string>>,
): Readonly<Record<string, number>> {
  const ours: Record<string, number> = {};
  for (const name in names) {
    const code = golden[name];
    if (code !== null) ours[names[name]] = code;
  }
  return ours;
}

function requestOf({ id, clientId, fields }: GoldenRequest): ShortRequest {
  const kind = REQUEST_IDS[id];
  const said = { clientId: clientIdOf(hex(clientId)) };
  switch (kind) {
    case "register":
    case "reconnect":
      return { kind, ...said, name: nameIn(fields, "name") };
    case "publicKey": {
      const publicKey = hex(String(fields["publicKey"]));
      return { kind, ...said, name: nameIn(fields, "name"), publicKey };
    }
    default:
      return { kind, ...said, fileName: nameIn(fields, "fileName") };
  }
}

function replyOf({ id, fields }: GoldenReply): Reply {
  const kind = REPLY_IDS[id];
  const { clientId, contentSize, cksum } = fields;
  const client = clientId === undefined ? {} : { clientId: clientIdOf(hex(String(clientId))) };
  switch (kind) {
    case "registered":
      return { kind, clientId: clientIdOf(hex(String(clientId))) };
    case "keyAccepted":
    case "reconnectAccepted": {
      const encryptedKey = hex(String(fields["encryptedKey"]));
      return { kind, clientId: clientIdOf(hex(String(clientId))), encryptedKey };
    }
    case "fileReceived":
      return {
        kind,
        clientId: clientIdOf(hex(String(clientId))),
        contentSize: Number(contentSize),
        fileName: nameIn(fields, "fileName"),
        checksum: Number(cksum),
      };
    case "acknowledged":
    case "reconnectRefused":
      return { kind, ...client };
    default:
      return { kind };
  }
}

function nameIn(fields: GoldenRequest["fields"], field: "name" | "fileName"): TextField {
  const text = fields[field];
  ok(typeof text === "string");
  return TextField.of(text);
}
