/** What reads the headers, paths and JSON of protocol 4, on both sides. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ClientError } from "../../../client/client_error.ts";
import { bodyLength, parseHead } from "../../../client/protocol4/connection/answer_head.ts";
import { entryOf } from "../../../client/protocol4/tree/list_entries.ts";
import { tokenOf } from "../../../client/protocol4/identity/token_file.ts";
import { preconditionOf } from "../../../server/protocol4/files/preconditions.ts";
import { contentLength, sentMetadata } from "../../../server/protocol4/files/sent_metadata.ts";
import { plainPath, treePath, treePathOfText } from "../../../server/protocol4/files/tree_path.ts";
import { BodyCut } from "../../../server/protocol4/http/body_reader.ts";
import { jsonBody } from "../../../server/protocol4/http/json_body.ts";
import { ReadMemory } from "../../../server/protocol4/http/read_memory.ts";
import { credentialsOf } from "../../../server/protocol4/identity/credentials.ts";
import { uploadLength, uploadOffset } from "../../../server/protocol4/http/tus.ts";
import { parseRange } from "../../../server/web/downloads/byte_range.ts";
import { checkPreconditions, rangeCounts } from "../../../server/web/downloads/preconditions.ts";
import { isSafeName } from "../../../shared/names/safe_name.ts";
import { parseServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { parseProblem, ProblemError } from "../../../shared/protocol4/problem.ts";
import { MetadataError } from "../../../shared/protocol4/resources/file_metadata.ts";
import {
  decodePath,
  encodePath,
  PathError,
} from "../../../shared/protocol4/resources/resource_path.ts";
import {
  formatUploadMetadata,
  parseUploadMetadata,
} from "../../../shared/protocol4/resources/upload_metadata.ts";
import { formatETag, parseETag } from "../../../shared/protocol4/tree/etag.ts";
import { TextFileError } from "../../../shared/text/text.ts";
import { decodeUtf8 } from "../../../shared/text/encodings.ts";
import type { Corpus } from "../mutations.ts";
import type { Target } from "./target.ts";

const HEX = "0123456789abcdef".repeat(4);
const TAG = `"3-${HEX}"`;
const METADATA = [
  ...[
    `path ${btoa("photos/a.jpg")}`,
    `mtime ${btoa("1700000000000000000")}`,
    `mode ${btoa("644")}`,
  ],
  ...[`tree ${btoa(HEX)}`, "x"],
].join(",");

/** Lines to begin with, each of which mutations make something else of. */
const LINES: Corpus = transcripts([
  ["photos/a%20b/%C3%A9.jpg", "a/../%2e%2e/%00", "a%2Fb//"],
  ["bytes=0-99", "bytes=-1", "bytes=5-", "bytes=1-2,3-4"],
  [METADATA, `filename ${btoa("x")}`],
  [`${TAG}, ${TAG}`, "*", `W/${TAG}`],
  ["Bearer aB3-_", `Basic ${btoa("me:token")}`],
  ["1700000000000000000", "-1", "0644", "640", "18446744073709551616"],
  ["Sun, 06 Nov 1994 08:49:37 GMT", "infinity", "0", "1"],
  [`{"path":"a/b","kind":"file","size":3,"tree":"${HEX}","mtime":"-1","mode":"644"}`],
  ['{"path":"l","kind":"link","target":"../x"}', '{"token":"a","tokenId":"b","expires":"c"}'],
  ['{"reason":"offset-mismatch","detail":"No","offset":40}', '{"name":"maya","nonce":"x"}'],
  ["HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close, x\r\nTransfer-Encoding: chunked"],
  ["sealpost://host:1256/#A3bW.device-x", "sealpost://[::1]/"],
]);

/** One input in so many is read as the body of a request too, which is slow. */
const AS_BODY = 30;

/** The sizes of files for which ranges are asked. */
const SIZES = [0, 1, 99, 2 ** 40] as const;

/**
 * Every reader reads every text: it throws nothing but its own errors, and what it returns is
 * right.
 */
export const resources: Target = {
  corpus: LINES,
  take(input, how) {
    const text = String.fromCharCode(...input);
    const utf8 = decodeUtf8(input);
    for (const each of [text, ...utf8 === undefined ? [] : [utf8]]) {
      readPaths(each);
      readHeaders(each, { size: how.pick(SIZES) });
      readByClient(each);
    }
    return how.oneIn(AS_BODY) ? readBody(input) : undefined;
  },
};

function readPaths(text: string): void {
  borne([PathError], () => {
    const elements = decodePath(text);
    ok(
      elements.every((name) => name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name)),
    );
    deepStrictEqual(decodePath(encodePath(elements)), elements);
  });
  for (const read of [treePath, treePathOfText]) {
    borne([PathError], () => {
      const path = read(text);
      for (const name of path === "" ? [] : path.split("/")) ok(isSafeName(name), name);
      // What a client is told leads to the same entry again.
      strictEqual(treePathOfText(plainPath(path)), path);
    });
  }
  borne([TextFileError], () => void parseServerAddress(text));
}

function readHeaders(text: string, { size }: { readonly size: number }): void {
  borne([MetadataError], () => {
    const metadata = parseUploadMetadata(text);
    deepStrictEqual(parseUploadMetadata(formatUploadMetadata(metadata)), metadata);
  });
  const range = parseRange(text, size);
  if (typeof range === "object") {
    ok(0 <= range.start && range.start <= range.end && range.end < size, text);
  }
  const tag = parseETag(text);
  if (tag !== undefined) strictEqual(formatETag(tag), text);
  const credentials = credentialsOf(text);
  ok(credentials === undefined || credentials.token.length <= text.length);
  const validators = { etag: TAG, modified: 0 };
  checkPreconditions(() => text, validators);
  rangeCounts(() => text, validators);
  const headers = headersOf(text);
  if (headers === undefined) return;
  for (const createsOnly of [false, true]) {
    borne([ProblemError], () => void preconditionOf(headers, { createsOnly }));
  }
  borne([ProblemError], () => void sentMetadata(headers));
  for (const read of [contentLength, uploadLength, uploadOffset]) {
    borne([ProblemError], () => {
      const number = read(headers);
      ok(number === undefined || number >= 0 && Number.isInteger(number), text);
    });
  }
}

function readByClient(text: string): void {
  borne([ClientError], () => {
    const head = parseHead(text);
    ok(head.status >= 100 && head.status < 600);
    const length = bodyLength(head, "GET");
    ok(length === "chunked" || Number.isSafeInteger(length) && length >= 0, text);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  borne([ClientError], () => {
    const entry = entryOf(value);
    ok(entry.kind !== "file" || Number.isSafeInteger(entry.size) && entry.size >= 0);
    ok(entry.modified === undefined || !Number.isNaN(new Date(entry.modified).getTime()));
  });
  const token = tokenOf(value);
  ok(token === undefined || headersOf(token.token) !== undefined);
  const problem = parseProblem(value);
  ok(problem === undefined || typeof problem.detail === "string");
}

async function readBody(input: Uint8Array): Promise<void> {
  const headers = { "content-type": "application/json" };
  const request = new Request("http://host/", { method: "POST", headers, body: input.slice() });
  try {
    const body = await jsonBody(request, new ReadMemory());
    ok(typeof body === "object" && !Array.isArray(body));
  } catch (error) {
    if (!(error instanceof ProblemError) && !(error instanceof BodyCut)) throw error;
  }
}

/** Headers that all say the same; undefined for text that is no value of a header. */
function headersOf(text: string): Headers | undefined {
  const names = [
    "if-match",
    "x-mtime",
    "x-mode",
    "content-length",
    "upload-length",
    "upload-offset",
  ];
  try {
    return new Headers(names.map((name) => [name, text]));
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Does something that may fail with these errors, and with no other one. */
function borne(errors: readonly (new (...args: never) => Error)[], read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!errors.some((kind) => error instanceof kind)) throw error;
  }
}

function transcripts(
  [first = [], ...others]: readonly (readonly string[])[],
): Corpus {
  const utf8 = new TextEncoder();
  const bytes = (lines: readonly string[]) => lines.map((line) => utf8.encode(line));
  return [bytes(first), ...others.flatMap((lines) => lines.map((line) => bytes([line])))];
}
