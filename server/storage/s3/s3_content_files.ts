import type { Clock } from "../../../shared/clock.ts";
import {
  type ContentFiles,
  type ContentWriter,
  LEAVES,
  type UploadPart,
  type UploadWriter,
} from "../contents/content_files.ts";
import type { ContentRows } from "../contents/content_rows.ts";
import type { OpenContents } from "../contents/contents.ts";
import { StorageError } from "../storage_error.ts";
import type { PieceRows, UploadPiece } from "../contents/upload_parts.ts";
import { BLOCK_SIZE, LEAF_SIZE } from "../trees/uploads.ts";
import { finishUpload } from "./writing/finish_upload.ts";
import { recoverUpload } from "./writing/recover_upload.ts";
import { S3NewContents, type S3Sending } from "./writing/s3_new_contents.ts";
import { S3OpenContents } from "./s3_open_contents.ts";
import { objectKey } from "./requests/s3_objects.ts";
import { S3Upload } from "./writing/s3_upload.ts";

export interface S3ContentFilesOptions extends S3Sending {
  readonly rows: Pick<ContentRows, "begin" | "abandon"> & PieceRows;
  readonly clock: Pick<Clock, "after">;
}

/** Contents by key in a bucket, each an object at `o/<2 digits>/<30 digits>`. */
export class S3ContentFiles implements ContentFiles {
  readonly #options: S3ContentFilesOptions;

  constructor(options: S3ContentFilesOptions) {
    this.#options = options;
  }

  create(key: string): ContentWriter {
    return new S3NewContents(key, this.#options);
  }

  async open(key: string): Promise<OpenContents | undefined> {
    const { objects, clock } = this.#options;
    const object = objectKey(key);
    const there = await objects.head(object);
    if (there !== undefined) return new S3OpenContents({ key: object, ...there, objects, clock });
    await objects.expectBucket();
    return undefined;
  }

  /** Removes objects in one request, and gives up what is left of uploads of these keys. */
  async remove(keys: readonly string[]): Promise<void> {
    const { objects } = this.#options;
    const isUpload = (key: string) => key.endsWith(LEAVES);
    const all = new Set(
      keys.map((key) => objectKey(isUpload(key) ? key.slice(0, -LEAVES.length) : key)),
    );
    if (all.size === 0) return;
    await objects.remove(keys.filter((key) => !isUpload(key)).map(objectKey));
    for await (const { key, id } of objects.uploads()) {
      if (all.has(key)) await objects.abort(key, id);
    }
  }

  async append(part: UploadPart, expectNewest: () => Promise<void>): Promise<UploadWriter> {
    objectKey(part.key);
    const known = await this.#options.rows.pieces(part.key);
    const last = known.pieces.at(-1);
    const rest = last?.key === undefined ? noBytes() : this.#read(last.key, 0, last.size);
    return await S3Upload.open({ ...this.#options, part, known, rest, expectNewest });
  }

  async recover(part: UploadPart): Promise<number> {
    const known = await this.#options.rows.pieces(part.key);
    return await recoverUpload({ ...part, known, objects: this.#options.objects });
  }

  async leaves({ key, offset }: UploadPart): Promise<ReadableStream<Uint8Array>> {
    const { pieces } = await this.#options.rows.pieces(key);
    const most = Math.floor(offset / BLOCK_SIZE) * LEAF_SIZE;
    return new Blob(pieces.map(({ leaves }) => leaves as Uint8Array<ArrayBuffer>))
      .slice(0, most).stream();
  }

  async tail(part: UploadPart): Promise<Uint8Array<ArrayBuffer>> {
    const { key, offset } = part;
    const start = Math.floor(offset / BLOCK_SIZE) * BLOCK_SIZE;
    if (start === offset) return new Uint8Array();
    const { pieces } = await this.#options.rows.pieces(key);
    const last = pieces.at(-1);
    const tail = new Uint8Array(offset - start);
    let at = 0;
    for await (const piece of await this.#tailOf(part, { last, start })) {
      tail.set(piece, at);
      at += piece.length;
    }
    return tail.subarray(0, at);
  }

  async finish(part: UploadPart): Promise<string> {
    const known = await this.#options.rows.pieces(part.key);
    return await finishUpload({ ...this.#options, part, known });
  }

  /** The last part of a whole upload cannot be read before it is an object with the others. */
  async #tailOf(
    part: UploadPart,
    { last, start }: { readonly last: UploadPiece | undefined; readonly start: number },
  ): Promise<AsyncIterable<Uint8Array>> {
    const { offset } = part;
    if (last?.key !== undefined) {
      return this.#read(last.key, start - last.start, offset - last.start);
    }
    return this.#read(await this.finish(part), start, offset);
  }

  async *#read(key: string, start: number, end: number): AsyncGenerator<Uint8Array> {
    const opened = await this.open(key);
    if (opened === undefined) {
      throw new StorageError("contents-missing", "A part of an upload is not in the store");
    }
    yield* opened.stream({ start, end });
  }
}

async function* noBytes(): AsyncGenerator<Uint8Array> {}
