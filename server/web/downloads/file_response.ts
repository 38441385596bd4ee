import { Buffer } from "node:buffer";
import { type ByteRange, parseRange } from "./byte_range.ts";
import { checkPreconditions, type HeaderOf, rangeCounts } from "./preconditions.ts";
import type { OfferedFile } from "./release_folder.ts";

/** Bytes per read and write. */
const CHUNK_SIZE = 256 * 1024;

export interface FileRequest {
  readonly method: "GET" | "HEAD";
  readonly header: HeaderOf;
}

export interface FileResponseOptions {
  /** Opens the file; undefined if it has changed since it was offered. */
  readonly open: () => Promise<Deno.FsFile | undefined>;
  /**
   * Called once with the bytes sent, and whether that was everything or the client disconnected.
   */
  readonly onSent: (bytes: number, outcome: "whole" | "cut-off") => void;
}

/**
 * Returns the response to a request for an offered file, by RFC 9110: whole or partial,
 * conditional, or the headers only. Returns undefined if the file has changed since it was offered.
 * The content is read from disk in chunks, as fast as the client receives it.
 */
export async function fileResponse(
  file: OfferedFile,
  { method, header }: FileRequest,
  { open, onSent }: FileResponseOptions,
): Promise<Response | undefined> {
  const validators = { etag: `"${file.sha256}"`, modified: file.modified };
  const headers = new Headers({
    "accept-ranges": "bytes",
    // May be cached, but has to be revalidated before each use.
    "cache-control": "no-cache",
    "etag": validators.etag,
    "last-modified": new Date(file.modified).toUTCString(),
  });
  const status = checkPreconditions(header, validators);
  if (status !== undefined) return new Response(null, { status, headers });

  headers.set("content-type", contentType(file));
  headers.set("content-disposition", `attachment; filename="${file.name}"`);
  // RFC 9530: the digest of the whole file, even if only a part is sent.
  headers.set("repr-digest", `sha-256=:${Buffer.from(file.sha256, "hex").toString("base64")}:`);
  const wanted = method === "GET" && rangeCounts(header, validators)
    ? parseRange(header("range"), file.size)
    : undefined;
  if (wanted === "unsatisfiable") {
    headers.set("content-range", `bytes */${file.size}`);
    headers.delete("content-disposition");
    headers.delete("content-type");
    return new Response(null, { status: 416, headers });
  }
  const range = wanted ?? { start: 0, end: file.size - 1 };
  headers.set("content-length", String(range.end - range.start + 1));
  if (wanted !== undefined) {
    headers.set("content-range", `bytes ${range.start}-${range.end}/${file.size}`);
  }
  if (method === "HEAD") return new Response(null, { headers });
  const opened = await open();
  if (opened === undefined) return undefined;
  const body = contentOf(opened, range, onSent);
  return new Response(body, { status: wanted === undefined ? 200 : 206, headers });
}

function contentType({ kind, target }: OfferedFile): string {
  if (kind === "package") {
    return target.archive === "zip" ? "application/zip" : "application/gzip";
  }
  return target.os === "windows"
    ? "application/vnd.microsoft.portable-executable"
    : "application/octet-stream";
}

/**
 * Streams a part of an open file. The file is closed when the stream ends, fails or is cancelled.
 */
function contentOf(
  file: Deno.FsFile,
  { start, end }: ByteRange,
  onSent: FileResponseOptions["onSent"],
): ReadableStream<Uint8Array> {
  let left = end - start + 1;
  let sent = 0;
  const finish = (outcome: "whole" | "cut-off") => {
    file.close();
    onSent(sent, outcome);
  };
  return new ReadableStream({
    async start() {
      await file.seek(start, Deno.SeekMode.Start);
    },
    async pull(controller) {
      try {
        const buffer = new Uint8Array(Math.min(CHUNK_SIZE, left));
        const got = left > 0 ? await file.read(buffer) : null;
        if (got !== null) {
          left -= got;
          sent += got;
          controller.enqueue(buffer.subarray(0, got));
        }
        if (left > 0 && got !== null) return;
        if (left > 0) throw new Error("The file became shorter while it was sent");
        finish("whole");
        controller.close();
      } catch (error) {
        finish("cut-off");
        controller.error(error);
      }
    },
    cancel() {
      finish("cut-off");
    },
  }, { highWaterMark: 0 });
}
