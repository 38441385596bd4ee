import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { REQUEST_HEADER } from "./message.ts";
import { encodeFileHead, encodeRequest, type FileRequest, type ShortRequest } from "./request.ts";
import { type Revision, REVISIONS } from "./revision.ts";
import { TextField } from "../wire/layout.ts";
import { type ClientId, clientIdOf, NO_CLIENT_ID } from "../wire/client_id.ts";

const CLIENT_ID: ClientId = clientIdOf(
  Uint8Array.from({ length: 16 }, (_, index) => index + 1),
);
const NAME = TextField.of("Michael Jackson");
const FILE_NAME = TextField.of("New_product_spec.docx");

/** Every short request with the size of its payload, and with that in 2022c where it is another. */
const REQUESTS: readonly (readonly [ShortRequest, size: number, in2022c?: number])[] = [
  [{ kind: "register", clientId: NO_CLIENT_ID, name: NAME }, 255],
  [{ kind: "reconnect", clientId: CLIENT_ID, name: NAME }, 255],
  [{ kind: "publicKey", clientId: CLIENT_ID, name: NAME, publicKey: new Uint8Array(160) }, 415],
  [{ kind: "crcValid", clientId: CLIENT_ID, fileName: FILE_NAME }, 255, 271],
  [{ kind: "crcRetry", clientId: CLIENT_ID, fileName: FILE_NAME }, 255, 271],
  [{ kind: "crcAbort", clientId: CLIENT_ID, fileName: FILE_NAME }, 255, 271],
];

const FILE: FileRequest = {
  kind: "file",
  clientId: CLIENT_ID,
  contentSize: 0x0403_0210,
  originalSize: 0x0403_0201,
  packet: 1,
  packets: 1,
  fileName: FILE_NAME,
  packetSize: 0x0403_0210,
};

const ALL = Object.values(REVISIONS);

/** The values of a message's header, and its payload. */
function parts(message: Uint8Array) {
  const payload = message.subarray(REQUEST_HEADER.size);
  return { ...REQUEST_HEADER.decode(message), payload };
}

function knows({ requests }: Revision, { kind }: ShortRequest): boolean {
  return requests[kind] !== undefined;
}

for (const [request, size, in2022c = size] of REQUESTS) {
  Deno.test(`encodeRequest() gives ${request.kind} the code and size of each revision`, () => {
    for (const revision of ALL.filter((revision) => knows(revision, request))) {
      const { clientId, version, code, payloadSize, payload } = parts(
        encodeRequest(revision, request),
      );
      deepStrictEqual(clientId, request.clientId);
      strictEqual(version, 3);
      strictEqual(code, revision.requests[request.kind]?.code);
      strictEqual(payloadSize, revision.name === "2022c" ? in2022c : size);
      strictEqual(payload.byteLength, payloadSize);
    }
  });
}

Deno.test("encodeRequest() repeats the client's id before a file's name only in 2022c", () => {
  const verdict = { kind: "crcValid", clientId: CLIENT_ID, fileName: FILE_NAME } as const;
  for (const revision of ALL) {
    const { payload } = parts(encodeRequest(revision, verdict));
    const [owner, name] = revision.owned
      ? [payload.subarray(0, 16), payload.subarray(16)]
      : [CLIENT_ID, payload];
    deepStrictEqual(owner, CLIENT_ID);
    deepStrictEqual(name, FILE_NAME.field);
  }
});

Deno.test("encodeRequest() puts the public key behind the name", () => {
  const publicKey = Uint8Array.from({ length: 160 }, (_, index) => index);
  const request = { kind: "publicKey", clientId: CLIENT_ID, name: NAME, publicKey } as const;
  const { payload } = parts(encodeRequest(REVISIONS["2024a"], request));
  deepStrictEqual(payload.subarray(0, 255), NAME.field);
  deepStrictEqual(payload.subarray(255), publicKey);
});

Deno.test("encodeRequest() refuses to reconnect in 2022c, which has no code for it", () => {
  const reconnect = { kind: "reconnect", clientId: CLIENT_ID, name: NAME } as const;
  throws(() => encodeRequest(REVISIONS["2022c"], reconnect), RangeError);
});

Deno.test("encodeRequest() refuses an id or a key that does not fill its field", () => {
  const { "2024a": revision } = REVISIONS;
  const clientId = CLIENT_ID.subarray(1) as ClientId;
  throws(() => encodeRequest(revision, { kind: "reconnect", clientId, name: NAME }), RangeError);
  for (const size of [159, 162]) {
    const publicKey = new Uint8Array(size);
    const request = { kind: "publicKey", clientId: CLIENT_ID, name: NAME, publicKey } as const;
    throws(() => encodeRequest(revision, request), RangeError);
  }
});

Deno.test("encodeFileHead() counts the content in the payload size without writing it", () => {
  for (const revision of ALL) {
    const head = encodeFileHead(revision, FILE);
    const { code, payloadSize, payload } = parts(head);
    strictEqual(code, revision.requests.file.code);
    strictEqual(payloadSize, revision.requests.file.layout.size + FILE.packetSize);
    strictEqual(payload.byteLength, revision.requests.file.layout.size);
    deepStrictEqual(payload.subarray(-255), FILE_NAME.field);
  }
});

Deno.test("encodeFileHead() lays the sizes and numbers out as the revision has them", () => {
  const content = [0x10, 0x02, 0x03, 0x04];
  const original = [0x01, 0x02, 0x03, 0x04];
  const fields = (revision: Revision, request: FileRequest) => [
    ...parts(encodeFileHead(revision, request)).payload.subarray(0, -255),
  ];
  deepStrictEqual(fields(REVISIONS["2022c"], FILE), [...CLIENT_ID, ...content]);
  deepStrictEqual(fields(REVISIONS["2023a"], FILE), content);
  deepStrictEqual(fields(REVISIONS["2023c"], FILE), content);
  const packet = { ...FILE, packet: 0x0201, packets: 0x0403, packetSize: 16 };
  for (const name of ["2024a", "2024c"] as const) {
    deepStrictEqual(fields(REVISIONS[name], packet), [...content, ...original, 1, 2, 3, 4]);
  }
});

Deno.test("encodeFileHead() refuses several packets where a revision has none", () => {
  const packet = { ...FILE, packets: 2, packetSize: 16 };
  for (const revision of ALL) {
    if (revision.packets) encodeFileHead(revision, packet);
    else throws(() => encodeFileHead(revision, packet), RangeError);
  }
});
