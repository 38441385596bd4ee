import type { Logger } from "@logtape/logtape";
import { ProblemError } from "../../../shared/protocol4/problem.ts";
import { toBase64 } from "../../../shared/text/encodings.ts";
import { shortPath } from "../../../shared/text/quoted.ts";
import type { ClientId } from "../../../shared/wire/client_id.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Contents } from "../../storage/contents/contents.ts";
import { type OpenEntry, openEntry } from "../../storage/trees/open_entry.ts";
import type { Entry, FileEntry, Tree } from "../../storage/trees/tree.ts";
import { parseRange } from "../../web/downloads/byte_range.ts";
import { checkPreconditions, rangeCounts } from "../../web/downloads/preconditions.ts";
import { SHORT_BODY } from "../http/counted_stream.ts";
import type { Exchange } from "../http/exchange.ts";
import type { Peer } from "../../listening/piping/handler.ts";
import type { Protocol4Counter } from "../protocol4_counter.ts";
import { downloadHeaders, modifiedAt } from "./download_headers.ts";
import { digestOf } from "./digest_of.ts";
import { etagText } from "./preconditions.ts";
import { sentStream } from "./sent_stream.ts";

export interface DownloadParts {
  readonly tree: Tree;
  readonly contents: Contents;
  readonly counters: Counters<Protocol4Counter>;
}

/** Which file is asked for. */
export interface Download {
  readonly clientId: ClientId;
  /** Its path in the tree. */
  readonly path: string;
  readonly request: Request;
  readonly peer: Peer;
  readonly log: Logger;
  /** See `Exchange.lasts`. */
  readonly lasts: Exchange["lasts"];
}

/**
 * The answer to GET or HEAD of a file, by RFC 9110: whole or a range, conditional, or the headers
 * only, for which no file is opened. Throws a `ProblemError`, and the errors of tree and contents.
 */
export async function download(parts: DownloadParts, asked: Download): Promise<Response> {
  const { clientId, path, request: { method } } = asked;
  const entry = () => parts.tree.entry(clientId, path);
  if (method === "HEAD") {
    return headOf(await answerTo(parts, { ...asked, file: fileOf(await entry()) }));
  }
  const opened = await openEntry(parts, { clientId, path });
  if (opened === undefined) {
    fileOf(await entry());
    throw new ProblemError("server-busy", "The file is being replaced; ask again");
  }
  await using unsent = new AsyncDisposableStack();
  unsent.use(opened.contents);
  const answer = await answerTo(parts, { ...asked, file: opened.entry });
  if (answer.part === undefined || opened.entry.size === 0) return headOf(answer);
  unsent.move();
  const { start, end } = answer.part;
  const isShort = end - start <= SHORT_BODY;
  const stream = streamOf(parts, { ...asked, opened, range: answer.part, isShort });
  return new Response(isShort ? await bytesOf(stream, end - start) : stream, answer);
}

/** An answer without its bytes. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Which bytes belong to it, if any do. */
  readonly part: { readonly start: number; readonly end: number } | undefined;
}

function headOf({ status, headers }: Answer): Response {
  return new Response(null, { status, headers });
}

function fileOf(entry: Entry | undefined): FileEntry {
  if (entry === undefined) throw new ProblemError("not-found");
  if (entry.kind === "folder") throw new ProblemError("is-folder", "Its entries are at ?list");
  if (entry.kind === "file") return entry;
  throw new ProblemError("not-found", "It is a symbolic link, which has no contents", {
    target: entry.target,
  });
}

/** Throws a `ProblemError` for what is refused by its preconditions or its range. */
async function answerTo(
  { contents }: DownloadParts,
  { request: { method, headers: asked }, file, peer }: Download & { readonly file: FileEntry },
): Promise<Answer> {
  const headers = downloadHeaders(file);
  const validators = { etag: etagText(file), modified: modifiedAt(file) };
  const header = (name: string) => asked.get(name) ?? undefined;
  const precondition = checkPreconditions(header, validators);
  if (precondition === 304) {
    return { status: 304, headers: withoutContent(headers), part: undefined };
  }
  if (precondition === 412) throw new ProblemError("precondition-failed");
  const range = method === "GET" && rangeCounts(header, validators)
    ? parseRange(header("range"), file.size)
    : undefined;
  if (range === "unsatisfiable") {
    throw new ProblemError("range-invalid", `The file has ${file.size} bytes`, { size: file.size });
  }
  if (wantsDigest(header("want-repr-digest"))) {
    const digest = await digestOf(contents, { file, peer });
    if (digest !== undefined) headers.set("repr-digest", `sha-256=:${toBase64(digest)}:`);
  }
  const start = range?.start ?? 0;
  const end = range === undefined ? file.size : range.end + 1;
  headers.set("content-length", String(end - start));
  if (range !== undefined) headers.set("content-range", `bytes ${start}-${end - 1}/${file.size}`);
  return { status: range === undefined ? 200 : 206, headers, part: { start, end } };
}

/** Whether a SHA-256 is asked for, by a preference of 1 to 10: 0 says that none is (RFC 9530). */
function wantsDigest(header: string | undefined): boolean {
  return /(?:^|,)[ \t]*sha-256(?:[ \t]*=[ \t]*(?:[1-9]|10))?[ \t]*(?:[;,]|$)/i.test(header ?? "");
}

/** All bytes of a stream that has so many; what it gave before may be released by the next read. */
async function bytesOf(
  stream: ReadableStream<Uint8Array>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  let at = 0;
  for await (const piece of stream) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

/** The bytes of an answer, counted and logged when all were taken. */
function streamOf(
  { counters }: DownloadParts,
  { opened: { entry, contents }, range, isShort, peer, log, lasts }: Download & {
    readonly opened: OpenEntry;
    readonly range: { readonly start: number; readonly end: number };
    /**
     * Whether it is read at once: then it takes no turns, and its client cannot leave before it is
     * read.
     */
    readonly isShort: boolean;
  },
): ReadableStream<Uint8Array> {
  // A client that takes no bytes keeps the file open.
  const counted = lasts();
  return sentStream(contents, {
    range,
    awaitTurn: () => isShort ? Promise.resolve(true) : peer.awaitTurn(),
    left: peer.left,
    onSent(bytes, outcome, error) {
      counted[Symbol.dispose]();
      counters.add(outcome === "whole" ? "files-sent" : "files-sent-cut-off");
      counters.add("bytes-sent", bytes);
      const facts = { file: shortPath(entry.path), size: bytes };
      if (error instanceof ProblemError) {
        const { reason } = error;
        counters.add(`refused.${reason}`);
        log.warn("Ended the answer after {size} bytes of {file}: {reason}", { ...facts, reason });
      } else if (outcome === "whole") log.info("Sent {size} bytes of {file}", facts);
      else log.info("The client went away after {size} bytes of {file}", facts);
    },
  });
}

function withoutContent(headers: Headers): Headers {
  for (const name of ["content-type", "content-disposition"]) headers.delete(name);
  return headers;
}
