import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import {
  CLIENT_ID,
  eventsOf,
  FILE,
  file,
  header,
  RECONNECT,
  REGISTER,
  short,
  summary,
  verdict,
} from "../../../tests/kernel/sample_requests.ts";
import { REQUEST_HEADER } from "../message.ts";
import { encodeFileHead, type FileRequest } from "../request.ts";
import { RequestParser, type RequestParserOptions } from "./request_parser.ts";
import { type RevisionName, REVISIONS } from "../revision.ts";
import { TextField } from "../../wire/layout.ts";
import { clientIdOf } from "../../wire/client_id.ts";

/** File heads of 2024a that cannot be, why, and whether the next request can be found. */
const FILE_FAULTS: readonly (readonly [Partial<FileRequest>, reason: string, lost: boolean])[] = [
  [{ contentSize: 0 }, "content-size-not-block", true],
  [{ contentSize: 40, packetSize: 40 }, "content-size-not-block", true],
  [{ contentSize: 1040, packetSize: 1040 }, "file-too-large", true],
  [{ packetSize: 1040 }, "file-too-large", true],
  [{ contentSize: 1040, packets: 2 }, "file-too-large", true],
  [{ packetSize: 0 }, "file-payload-too-small", true],
  [{ packetSize: 47 }, "payload-size-mismatch", true],
  [{ packetSize: 49 }, "payload-size-mismatch", true],
  [{ packetSize: 49, packets: 2 }, "payload-size-mismatch", true],
  [{ packet: 0 }, "bad-packet-number", false],
  [{ packet: 0, packets: 0 }, "bad-packet-number", false],
  [{ packet: 3, packets: 2, packetSize: 16 }, "bad-packet-number", false],
  [{ originalSize: 49 }, "orig-size-mismatch", false],
  [{ fileName: new TextField(new Uint8Array(255)) }, "name-empty", false],
  [{ fileName: new TextField(new Uint8Array(255).fill(65)) }, "name-not-terminated", false],
];

function parserOf(
  revision: RevisionName | "auto",
  options: Partial<RequestParserOptions> = {},
): RequestParser {
  return new RequestParser({ revision, maxFileSize: 1000, ...options });
}

Deno.test("RequestParser reads a file as its head, its content and its end", () => {
  const parser = parserOf("2024a");
  const bytes = file("2024a");
  const events = eventsOf(parser, bytes.subarray(0, 300), bytes.subarray(300));
  deepStrictEqual(events[0], { type: "file", revision: REVISIONS["2024a"], request: FILE });
  deepStrictEqual(summary(events), ["2024a file", "content 10", "content 38", "packetEnd"]);
});

Deno.test("RequestParser reads each file's name and id, even if one byte differs", () => {
  const parser = parserOf("2024a");
  const names = ["a.txt", "b.txt", "b.txt", "b.txt\0stray"];
  const heads = names.map((name, at) => ({
    ...FILE,
    fileName: new TextField(
      Uint8Array.from({ length: 255 }, (_, byte) => name.charCodeAt(byte) || 0),
    ),
    clientId: clientIdOf(CLIENT_ID.with(15, at === 2 ? 1 : 2)),
  }));
  const bytes = heads.map((head) => [
    ...encodeFileHead(REVISIONS["2024a"], head),
    ...new Uint8Array(head.packetSize),
  ]);
  const events = eventsOf(parser, Uint8Array.from(bytes.flat()));
  const read = events.flatMap((event) => event.type === "file" ? [event.request] : []);
  deepStrictEqual(read, heads);
});

Deno.test("RequestParser gives contents as views of what was pushed", () => {
  const parser = parserOf("2024a");
  const bytes = file("2024a");
  parser.push(bytes);
  strictEqual(parser.next()?.type, "file");
  const content = parser.next();
  ok(content?.type === "content");
  strictEqual(content.bytes.buffer, bytes.buffer);
});

Deno.test("RequestParser reports packet 1 of 1 and no original size without these fields", () => {
  for (const name of ["2022c", "2023a", "2023c"] as const) {
    const [event] = eventsOf(parserOf(name), file(name));
    ok(event?.type === "file");
    const { originalSize: _, ...expected } = FILE;
    deepStrictEqual(event.request, expected);
  }
});

Deno.test("RequestParser takes any version byte and any id in a registration", () => {
  for (const version of [0, 1, 255]) {
    const junk = { ...REGISTER, clientId: CLIENT_ID };
    const bytes = short("2024a", junk).with(16, version);
    deepStrictEqual(summary(eventsOf(parserOf("auto"), bytes)), ["2024a register"]);
  }
});

for (const [changes, reason, lost] of FILE_FAULTS) {
  const what = Object.keys(changes).map((key) => `${key} ${JSON.stringify(changed(changes, key))}`);
  const then = lost ? "is lost" : "skips it";
  Deno.test(`RequestParser refuses a file with ${what.join(", ")} as ${reason} and ${then}`, () => {
    const parser = parserOf("2024a");
    const [event, ...rest] = eventsOf(parser, file("2024a", changes), verdict("2024a"));
    ok(event?.type === "refused");
    strictEqual(event.error.reason, reason);
    strictEqual(event.kind, "file");
    deepStrictEqual(event.clientId, CLIENT_ID);
    deepStrictEqual(summary(rest), lost ? [] : ["2024a crcValid"]);
    strictEqual(parser.lost, lost);
    strictEqual(parser.end(), undefined);
  });
}

function changed(changes: Partial<FileRequest>, key: string): unknown {
  const value = Object.entries(changes).find(([name]) => name === key)?.[1];
  return value instanceof TextField ? value.text.slice(0, 3) : value;
}

Deno.test("RequestParser accepts the size of the packet or of the whole as content size", () => {
  const own = file("2024a", { contentSize: 16, packets: 3, packetSize: 16, originalSize: 40 });
  const whole = file("2024a", { packet: 2, packets: 3, packetSize: 16 });
  const events = eventsOf(parserOf("2024a"), own, whole);
  const each = ["2024a file", "content 16", "packetEnd"];
  deepStrictEqual(summary(events), [...each, ...each]);
});

Deno.test("RequestParser takes the content of the largest plain file and not a block more", () => {
  for (const maxFileSize of [0, 15, 16, 17, 1000]) {
    const largest = maxFileSize - maxFileSize % 16 + 16;
    const bytes = (size: number) =>
      encodeFileHead(REVISIONS["2023a"], { ...FILE, contentSize: size, packetSize: size });
    const first = (size: number) =>
      summary(eventsOf(parserOf("2023a", { maxFileSize }), bytes(size)));
    deepStrictEqual(first(largest), ["2023a file"]);
    deepStrictEqual(first(largest + 16), ["file-too-large"]);
  }
});

Deno.test("RequestParser refuses impossible sizes of short requests at the header", () => {
  for (
    const [size, reason] of Object.entries({
      0: "payload-size-mismatch",
      254: "payload-size-mismatch",
      256: "payload-size-mismatch",
      0xffff: "payload-size-mismatch",
      0x10000: "payload-too-large",
      0xffffffff: "payload-too-large",
    })
  ) {
    for (const code of [1025, 1027, 1029, 1030, 1031]) {
      const parser = parserOf("2024a");
      deepStrictEqual(summary(eventsOf(parser, header(code, Number(size)))), [reason]);
      strictEqual(parser.lost, true);
    }
  }
});

Deno.test("RequestParser refuses a declared file of 4 GiB at the header", () => {
  for (const name of ["2022c", "2023a", "2023c", "2024a", "2024c"] as const) {
    const { code } = REVISIONS[name].requests.file;
    deepStrictEqual(summary(eventsOf(parserOf(name), header(code, 0xffff_ffff))), [
      "file-too-large",
    ]);
  }
});

Deno.test("RequestParser is lost at a code that no request has and hears nothing more", () => {
  // 825 opens a session in another revision.
  for (const [code, kind] of [[999, undefined], [825, "register"]] as const) {
    const parser = parserOf("2024a");
    const events = eventsOf(parser, header(code, 0), verdict("2024a"), verdict("2024a"));
    deepStrictEqual(summary(events), ["unknown-code"]);
    const [event] = events;
    ok(event?.type === "refused");
    strictEqual(event.kind, kind);
    deepStrictEqual(event.clientId, CLIENT_ID);
    strictEqual(parser.lost, true);
    strictEqual(parser.midRequest, false);
    strictEqual(parser.end(), undefined);
  }
});

Deno.test("RequestParser reads on behind a short request with a faulty name", () => {
  const nameless = { ...RECONNECT, name: new TextField(new Uint8Array(255)) };
  const events = eventsOf(parserOf("2024a"), short("2024a", nameless), short("2024a", RECONNECT));
  deepStrictEqual(summary(events), ["name-empty", "2024a reconnect"]);
});

Deno.test("RequestParser refuses another client's id in a payload of 2022c and reads on", () => {
  const stranger = (bytes: Uint8Array) => bytes.with(REQUEST_HEADER.size, 0xee);
  const events = eventsOf(
    parserOf("2022c"),
    stranger(file("2022c")),
    stranger(verdict("2022c")),
    verdict("2022c"),
  );
  deepStrictEqual(summary(events), [
    "client-id-mismatch",
    "client-id-mismatch",
    "2022c crcValid",
  ]);
});

Deno.test("RequestParser.end() names the part of a request that was cut, at every place", () => {
  for (const message of [verdict("2024a"), file("2024a")]) {
    for (let size = 0; size <= message.byteLength; size++) {
      const parser = parserOf("2024a");
      eventsOf(parser, message.subarray(0, size));
      const expected = size === 0 || size === message.byteLength
        ? undefined
        : size < REQUEST_HEADER.size
        ? "truncated-header"
        : "truncated-payload";
      strictEqual(parser.end()?.reason, expected, `${size} bytes`);
      strictEqual(parser.midRequest, expected !== undefined);
    }
  }
});

Deno.test("RequestParser.end() knows that a refused file was not skipped to its end", () => {
  const parser = parserOf("2024a");
  const bytes = file("2024a", { packet: 0 });
  deepStrictEqual(summary(eventsOf(parser, bytes.subarray(0, -1))), ["bad-packet-number"]);
  strictEqual(parser.end()?.reason, "truncated-payload");
  eventsOf(parser, bytes.subarray(-1));
  strictEqual(parser.end(), undefined);
});
