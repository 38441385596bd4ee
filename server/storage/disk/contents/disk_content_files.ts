import { releaseMemory } from "../../../../shared/runtime.ts";
import type {
  ContentFiles,
  ContentWriter,
  UploadPart,
  UploadWriter,
} from "../../contents/content_files.ts";
import type { OpenContents } from "../../contents/contents.ts";
import { BLOCK_SIZE, LEAF_SIZE } from "../../trees/uploads.ts";
import { ContentFile, syncInBackground } from "./content_file.ts";
import { ContentFolder } from "./content_folder.ts";
import { diskError } from "../disk_error.ts";
import { OpenContentFile } from "./open_content_file.ts";
import { ReadSizes } from "./read_sizes.ts";
import { wholeUpTo } from "./recover_upload.ts";
import { UploadFile } from "./upload_file.ts";

/** Contents by key in files of the data folder. */
export class DiskContentFiles implements ContentFiles {
  readonly #folder: ContentFolder;
  readonly #sizes = new ReadSizes();

  private constructor(folder: ContentFolder) {
    this.#folder = folder;
  }

  /** Opens the contents in a data folder, which has to exist. Throws a `StorageError`. */
  static async open(data: string): Promise<DiskContentFiles> {
    const folder = new ContentFolder(data);
    await folder.make();
    return new DiskContentFiles(folder);
  }

  create(key: string): ContentWriter {
    return new ContentFile(key, this.#folder);
  }

  async open(key: string): Promise<OpenContents | undefined> {
    const path = this.#folder.path(key);
    return this.#folder.isFile(path) ? await OpenContentFile.open(path, this.#sizes) : undefined;
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.#folder.remove(keys);
  }

  append(part: UploadPart): Promise<UploadWriter> {
    return UploadFile.open(part, this.#folder);
  }

  async recover(part: UploadPart): Promise<number> {
    // Where another disk is, nothing of the upload would be found, and that would be put on record.
    this.#folder.expectDisk();
    this.#folder.expectFiles(part.key);
    const paths = {
      bytes: this.#folder.path(part.key),
      leaves: this.#folder.leavesPath(part.key),
    };
    const whole = await wholeUpTo(part, paths);
    if (whole > part.offset) {
      await Promise.all([syncInBackground(paths.bytes), syncInBackground(paths.leaves)]);
      await this.#folder.syncAbove(part.key);
    }
    return whole;
  }

  async leaves({ key, offset }: UploadPart): Promise<ReadableStream<Uint8Array>> {
    const end = Math.floor(offset / BLOCK_SIZE) * LEAF_SIZE;
    const file = end === 0
      ? undefined
      : await OpenContentFile.open(this.#folder.leavesPath(key), this.#sizes);
    return file?.stream({ end }) ?? new Blob([]).stream();
  }

  async tail({ key, offset }: UploadPart): Promise<Uint8Array<ArrayBuffer>> {
    const start = Math.floor(offset / BLOCK_SIZE) * BLOCK_SIZE;
    const file = start === offset
      ? undefined
      : await OpenContentFile.open(this.#folder.path(key), this.#sizes);
    if (file === undefined) return new Uint8Array();
    const tail = new Uint8Array(offset - start);
    let at = 0;
    for await (const piece of file.stream({ start, end: offset })) {
      tail.set(piece, at);
      at += piece.length;
      releaseMemory(piece as Uint8Array<ArrayBuffer>);
    }
    return tail.subarray(0, at);
  }

  async finish({ key, offset }: UploadPart): Promise<string> {
    this.#folder.expectDisk();
    this.#folder.expectFiles(key);
    // What a cut body left behind the offset is no part of the contents.
    await cutOff(this.#folder.path(key), offset);
    return key;
  }
}

/**
 * Takes from the file at `path` what is behind so many bytes, durably. Does nothing if there is not
 * more, or no file, which an upload of no bytes does not have. Throws a `StorageError`.
 */
async function cutOff(path: string, end: number): Promise<void> {
  try {
    const { size } = await Deno.lstat(path);
    if (size <= end) return;
    using file = await Deno.open(path, { write: true });
    await file.truncate(end);
    await file.sync();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw diskError(error, `cut ${JSON.stringify(path)} to its ${end} bytes`);
  }
}
