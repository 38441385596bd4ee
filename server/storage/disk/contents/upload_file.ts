import type { SyncedUpload, UploadPart, UploadWriter } from "../../contents/content_files.ts";
import { StorageError } from "../../storage_error.ts";
import { BLOCK_SIZE, expectInBlock, LEAF_SIZE } from "../../trees/uploads.ts";
import type { ContentFolder } from "./content_folder.ts";
import { NO_PIECES } from "../../contents/upload_parts.ts";
import { diskError } from "../disk_error.ts";
import { syncInBackground } from "./content_file.ts";

/** Bytes appended after which they are to be made durable in the background. */
const SYNC_EVERY = 32 * BLOCK_SIZE;

/** The file of an upload and that of its leaves, open for appending. */
export class UploadFile implements UploadWriter {
  readonly #key: string;
  readonly #folder: ContentFolder;
  readonly #bytes: Deno.FsFile;
  readonly #leaves: Deno.FsFile;
  #position: number;
  /** Where the last background sync was due. */
  #dueAt: number;
  #closed = false;
  /** Whether the names of the files are synced. */
  #named = false;

  private constructor(
    { key, offset }: UploadPart,
    { folder, bytes, leaves }: {
      readonly folder: ContentFolder;
      readonly bytes: Deno.FsFile;
      readonly leaves: Deno.FsFile;
    },
  ) {
    this.#key = key;
    this.#folder = folder;
    this.#bytes = bytes;
    this.#leaves = leaves;
    this.#position = offset;
    this.#dueAt = offset;
  }

  /** As `ContentFiles.append()`. */
  static async open(part: UploadPart, folder: ContentFolder): Promise<UploadFile> {
    const { key, offset } = part;
    await folder.makeAbove(key);
    folder.expectFiles(key);
    const bytes = await openAt(folder.path(key), offset);
    try {
      const whole = Math.floor(offset / BLOCK_SIZE);
      const leaves = await openAt(folder.leavesPath(key), whole * LEAF_SIZE);
      return new UploadFile(part, { folder, bytes, leaves });
    } catch (error) {
      bytes.close();
      throw error;
    }
  }

  async append(
    bytes: Uint8Array,
    leaf?: Uint8Array | Promise<Uint8Array>,
  ): Promise<number | undefined> {
    if (this.#closed) throw new StorageError("upload-taken-over", "The upload is closed");
    const end = this.#position + bytes.length;
    expectInBlock({ position: this.#position, bytes, leaf });
    try {
      // Without a pause between the two, or a leaf that fails meanwhile would be an error that
      // is not handled.
      const [hash] = await Promise.all([leaf, writeAll(this.#bytes, bytes)]);
      if (hash !== undefined) await writeAll(this.#leaves, hash);
    } catch (error) {
      throw diskError(error, `write to ${JSON.stringify(this.#folder.path(this.#key))}`);
    }
    this.#position = end;
    if (end - this.#dueAt < SYNC_EVERY) return undefined;
    return this.#dueAt = Math.floor(end / BLOCK_SIZE) * BLOCK_SIZE;
  }

  async sync(offset: number): Promise<SyncedUpload> {
    const paths = [this.#folder.path(this.#key), this.#folder.leavesPath(this.#key)];
    await Promise.all(paths.map(syncInBackground));
    if (!this.#named) await this.#folder.syncAbove(this.#key);
    this.#named = true;
    return { offset, made: NO_PIECES };
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#bytes.close();
      this.#leaves.close();
    }
    return Promise.resolve();
  }
}

/** Opens a file that is made if there is none, for writing at its end, which is set here. */
async function openAt(path: string, end: number): Promise<Deno.FsFile> {
  let file: Deno.FsFile | undefined;
  try {
    file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    await file.truncate(end);
    await file.seek(end, Deno.SeekMode.Start);
    return file;
  } catch (error) {
    file?.close();
    throw diskError(error, `open ${JSON.stringify(path)}`);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}
