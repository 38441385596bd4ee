import type { OpenContents } from "../../contents/contents.ts";
import { StorageError } from "../../storage_error.ts";
import type { ByteRange } from "../../versions/store.ts";
import { diskError } from "../disk_error.ts";
import { fileContents } from "./file_contents.ts";
import type { ReadSizes } from "./read_sizes.ts";

/** A file of contents that is open: it stays readable after it is removed. */
export class OpenContentFile implements OpenContents {
  readonly size: number;
  readonly hasOwnPieces = true;
  readonly #path: string;
  readonly #sizes: ReadSizes;
  #file: Deno.FsFile | undefined;

  private constructor(file: Deno.FsFile, { path, size, sizes }: Pick<Deno.FileInfo, "size"> & {
    readonly path: string;
    readonly sizes: ReadSizes;
  }) {
    this.#file = file;
    this.#path = path;
    this.#sizes = sizes;
    this.size = size;
  }

  /**
   * Opens the file at `path`, to be read in such sizes; undefined if there is none. Throws a
   * `StorageError`.
   */
  static async open(path: string, sizes: ReadSizes): Promise<OpenContentFile | undefined> {
    let file: Deno.FsFile | undefined;
    try {
      file = await Deno.open(path, { read: true });
      const { size } = await file.stat();
      return new OpenContentFile(file, { path, size, sizes });
    } catch (error) {
      file?.close();
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw diskError(error, `open ${JSON.stringify(path)}`);
    }
  }

  stream({ start = 0, end = Infinity }: ByteRange = {}): ReadableStream<Uint8Array> {
    const file = this.#file;
    if (file === undefined) {
      throw new StorageError("contents-out-of-turn", "Contents are read once while they are open");
    }
    this.#file = undefined;
    try {
      if (start > 0) file.seekSync(start, Deno.SeekMode.Start);
    } catch (error) {
      file.close();
      throw diskError(error, `read ${JSON.stringify(this.#path)}`);
    }
    const length = Math.max(0, Math.min(end, this.size) - start);
    const reads = this.#sizes.begin();
    return fileContents(file, {
      ...{ path: this.#path, length, piece: reads.size },
      onClosed: () => reads[Symbol.dispose](),
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
    return Promise.resolve();
  }
}
