import type { SyncedUpload, UploadPart, UploadWriter } from "../../contents/content_files.ts";
import type { ContentRows } from "../../contents/content_rows.ts";
import { newKey } from "../../keyed/keyed_new_contents.ts";
import { StorageError } from "../../storage_error.ts";
import type { UploadPiece, UploadPieces } from "../../contents/upload_parts.ts";
import { BLOCK_SIZE, expectInBlock, LEAF_SIZE } from "../../trees/uploads.ts";
import { partSize } from "./part_sizes.ts";
import { type S3Sending, tooLarge } from "./s3_new_contents.ts";
import { objectKey } from "../requests/s3_objects.ts";
import type { Spooled } from "./spool.ts";

export interface S3UploadOptions extends S3Sending {
  readonly part: UploadPart;
  /** What is on record of it. */
  readonly known: UploadPieces;
  /** The bytes of its last part, if that has a key: they are sent again with what comes. */
  readonly rest: AsyncIterable<Uint8Array>;
  readonly rows: Pick<ContentRows, "begin" | "abandon">;
  /** Rejects once another request has the upload. */
  readonly expectNewest: () => Promise<void>;
}

/** The part that bytes are appended to. */
interface GrowingPart {
  readonly number: number;
  readonly start: number;
  readonly leaves: Uint8Array[];
  readonly bytes: Spooled;
}

/**
 * An upload that grows in parts. Parts are sent one after the other, the next one is spooled
 * meanwhile: what a crash costs is the part that is sent and the one that is spooled. What is not a
 * whole part yet is put under a key of its own when it has to be durable.
 */
export class S3Upload implements UploadWriter {
  readonly #options: S3UploadOptions;
  readonly #key: string;
  #part: GrowingPart;
  #position: number;
  #handle: string | undefined;
  #isNewHandle = false;
  /** Parts that were sent, and not told of by `sync()` yet. */
  #sent: UploadPiece[] = [];
  /** Up to where there are parts that were sent. */
  #end: number;
  /** What is sent is so in turn. */
  #turn: Promise<unknown> = Promise.resolve();
  #fault: { readonly error: unknown } | undefined;
  /** The keys of parts that were put under one. */
  readonly #keys: string[] = [];
  #closed = false;

  private constructor(options: S3UploadOptions, part: GrowingPart) {
    this.#options = options;
    this.#key = objectKey(options.part.key);
    this.#handle = options.known.handle;
    this.#part = part;
    this.#position = options.part.offset;
    this.#end = part.start;
  }

  /** Opens an upload behind what is on record. */
  static async open(options: S3UploadOptions): Promise<S3Upload> {
    const { known: { pieces }, part: { offset }, spool, rest } = options;
    const last = pieces.at(-1);
    const goesOn = last?.key !== undefined;
    const bytes = spool.spooled();
    try {
      for await (const piece of rest) await bytes.write(piece);
      if (goesOn && bytes.size !== last.size) {
        throw new StorageError("contents-missing", "The last part of an upload is cut off");
      }
    } catch (error) {
      await bytes.remove();
      throw error;
    }
    return new S3Upload(options, {
      number: goesOn ? last.number : (last?.number ?? 0) + 1,
      start: goesOn ? last.start : offset,
      leaves: goesOn ? leavesIn(last.leaves) : [],
      bytes,
    });
  }

  async append(
    bytes: Uint8Array,
    leaf?: Uint8Array | Promise<Uint8Array>,
  ): Promise<number | undefined> {
    if (this.#closed) throw new StorageError("upload-taken-over", "The upload is closed");
    expectInBlock({ position: this.#position, bytes, leaf });
    const { bytes: spooled, leaves, number, start } = this.#part;
    const size = partSize(number);
    if (size === 0) throw tooLarge();
    // Without a pause between the two, or a leaf that fails meanwhile would be an error that is not
    // handled.
    const [hash] = await Promise.all([leaf, spooled.write(bytes)]);
    if (hash !== undefined) leaves.push(hash.slice());
    this.#position += bytes.length;
    if (this.#position < start + size) return undefined;
    await this.#send();
    return this.#position;
  }

  sync(offset: number): Promise<SyncedUpload> {
    return this.#inTurn(async () => {
      if (this.#fault !== undefined) throw this.#fault.error;
      if (offset > this.#end) await this.#putRest(offset);
      const [pieces, handle] = [this.#sent, this.#isNewHandle ? this.#handle : undefined];
      this.#sent = [];
      this.#isNewHandle = false;
      const made = { pieces, ...(handle !== undefined && { handle }) };
      const last = pieces.at(-1);
      return { offset: last === undefined ? offset : last.start + last.size, made };
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#turn;
    await this.#part.bytes.remove();
    // Those that were recorded stay: their rows are not under way any more.
    for (const key of this.#keys.splice(0)) await this.#options.rows.abandon(key);
  }

  /** Begins to send a part that is full, once the one before it was sent. */
  async #send(): Promise<void> {
    await this.#turn;
    if (this.#fault !== undefined) throw this.#fault.error;
    const part = this.#part;
    this.#part = {
      number: part.number + 1,
      start: this.#position,
      leaves: [],
      bytes: this.#options.spool.spooled(),
    };
    this.#inTurn(async () => {
      await this.#putPart(part, part.bytes.size);
      await part.bytes.remove();
    }).catch((error) => void (this.#fault ??= { error }));
  }

  /** Sends what is behind the last part: as the last one of all, or under a key of its own. */
  async #putRest(offset: number): Promise<void> {
    const { part: { size }, rows, flights, objects } = this.#options;
    const part = this.#part;
    const length = offset - part.start;
    if (offset === size && this.#handle !== undefined) return await this.#putPart(part, length);
    const key = newKey();
    await rows.begin(key);
    this.#keys.push(key);
    await flights.run(length, async (body) => {
      await part.bytes.read(body);
      await objects.put(objectKey(key), body);
    });
    this.#sent.push(pieceOf(part, { size: length, tag: "", key }));
  }

  async #putPart(part: GrowingPart, size: number): Promise<void> {
    const { flights, objects, expectNewest } = this.#options;
    // It would take the place of the part with this number that another server has put.
    await expectNewest();
    if (this.#handle === undefined) {
      this.#handle = await objects.beginUpload(this.#key);
      this.#isNewHandle = true;
    }
    const [key, id, number] = [this.#key, this.#handle, part.number];
    const tag = await flights.run(size, async (body) => {
      await part.bytes.read(body);
      return await objects.putPart({ key, id, number, body });
    });
    this.#sent.push(pieceOf(part, { size, tag }));
    this.#end = part.start + size;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }
}

function pieceOf(
  { number, start, leaves }: GrowingPart,
  rest: Pick<UploadPiece, "size" | "tag" | "key">,
): UploadPiece {
  const whole = leaves.slice(0, Math.floor(rest.size / BLOCK_SIZE));
  const all = new Uint8Array(whole.length * LEAF_SIZE);
  for (const [index, leaf] of whole.entries()) all.set(leaf, index * LEAF_SIZE);
  return { number, start, leaves: all, ...rest };
}

function leavesIn(all: Uint8Array): Uint8Array[] {
  return Array.from(
    { length: all.length / LEAF_SIZE },
    (_, index) => all.slice(index * LEAF_SIZE, (index + 1) * LEAF_SIZE),
  );
}
