import type { OpenContents } from "../contents.ts";
import { StorageError } from "../storage_error.ts";
import type { ByteRange } from "../store.ts";
import { diskError } from "./disk_error.ts";
import { fileContents } from "./file_contents.ts";

/** A file of contents that is open: it stays readable after it is removed. */
export class OpenContentFile implements OpenContents {
  readonly size: number;
  readonly #path: string;
  #file: Deno.FsFile | undefined;

  private constructor(file: Deno.FsFile, { path, size }: Pick<Deno.FileInfo, "size"> & {
    readonly path: string;
  }) {
    this.#file = file;
    this.#path = path;
    this.size = size;
  }

  /** Opens the file at `path`; undefined if there is none. Throws a `StorageError`. */
  static async open(path: string): Promise<OpenContentFile | undefined> {
    let file: Deno.FsFile | undefined;
    try {
      file = await Deno.open(path, { read: true });
      const { size } = await file.stat();
      return new OpenContentFile(file, { path, size });
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
    // The runtime sends this stream of its own without a call for each piece: half of the time.
    if (start < this.size && end >= this.size) return file.readable;
    const length = Math.max(0, Math.min(end, this.size) - start);
    return fileContents(file, { path: this.#path, length });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#file?.close();
    this.#file = undefined;
    return Promise.resolve();
  }
}
