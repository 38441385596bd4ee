import { cutName } from "../../shared/names/safe_name.ts";
import { toHex } from "../../shared/text/hex.ts";
import { inFolder } from "../files/paths.ts";
import type { ContentCheck, RemoteFile } from "../remote/remote_files.ts";
import { placeError } from "./place_error.ts";
import { inTheWay, whatIsAt } from "./real_folders.ts";

/** Bytes that a `ContentCheck` takes at once. */
const BLOCK = 1024 * 1024;

/** The most bytes of a name that are in that of its `.part` file: with the rest it has 255. */
const LONGEST_STEM = 255 - "..0123456789ab.part".length;

/** Permissions of a file for which none were ever given. */
const USUAL_MODE = 0o644;

/** Where a file is to be. */
export interface FilePlace {
  /** Its folder, a real one. */
  readonly folder: string;
  /** Its name there, a safe one. */
  readonly name: string;
}

/**
 * A file that comes in: beside its place as `.NAME.DIGITS.part`, where the digits stand for its
 * contents, until it is whole and was compared. What is there of the same contents is gone on with.
 */
export class PartFile implements AsyncDisposable {
  readonly #path: string;
  readonly #place: FilePlace;
  readonly #file: Deno.FsFile;
  readonly #check: ContentCheck;
  /** The block that is not full yet, and its bytes. */
  #block = new Uint8Array(BLOCK);
  #filled = 0;
  /** The comparison of the last block, which goes on while the next one comes. */
  #adding: Promise<void> = Promise.resolve();
  /** Bytes in the file before the block. */
  #written = 0;
  #open = true;

  private constructor(
    { path, place, file, check }: {
      readonly path: string;
      readonly place: FilePlace;
      readonly file: Deno.FsFile;
      readonly check: ContentCheck;
    },
  ) {
    this.#path = path;
    this.#place = place;
    this.#file = file;
    this.#check = check;
  }

  /**
   * Opens the part of a file that is there, or a new one, readable by its owner alone. Throws a
   * `ClientError`.
   */
  static async open(
    place: FilePlace,
    { file, check }: { readonly file: RemoteFile; readonly check: ContentCheck },
  ): Promise<PartFile> {
    const path = inFolder(place.folder, await partName(place.name, file.tag));
    const info = whatIsAt(path);
    if (info !== undefined && !info.isFile) throw inTheWay(path, "no regular file");
    let opened: Deno.FsFile | undefined;
    try {
      opened = await Deno.open(path, {
        ...(info === undefined ? { createNew: true } : {}),
        ...{ read: true, write: true, mode: 0o600 },
      });
      const part = new PartFile({ path, place, file: opened, check });
      await part.#readBefore(file.size);
      return part;
    } catch (error) {
      opened?.close();
      throw placeError(path, error);
    }
  }

  /** Bytes that have come, those of earlier runs included. */
  get size(): number {
    return this.#written + this.#filled;
  }

  /** Adds the next bytes, which may be reused once the promise is resolved. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.byteLength;) {
        const piece = bytes.subarray(at, at + BLOCK - this.#filled);
        this.#block.set(piece, this.#filled);
        this.#filled += piece.byteLength;
        at += piece.byteLength;
        if (this.#filled === BLOCK) await this.#endBlock();
      }
    } catch (error) {
      throw placeError(this.#path, error);
    }
  }

  /**
   * Ends a file of which all has come. If it is what was announced, it is synced, gets its time and
   * permissions, and takes its place; else it is removed. Returns which.
   */
  async finish({ modified, mode }: Pick<RemoteFile, "modified" | "mode">): Promise<boolean> {
    try {
      if (this.#filled > 0) await this.#endBlock();
      await this.#adding;
      if (!await this.#check.matches()) {
        this.#close();
        await Deno.remove(this.#path);
        return false;
      }
      if (Deno.build.os !== "windows") await Deno.chmod(this.#path, (mode ?? USUAL_MODE) & 0o777);
      if (modified !== undefined) await this.#file.utime(new Date(modified), new Date(modified));
      await this.#file.sync();
      this.#close();
      await Deno.rename(this.#path, inFolder(this.#place.folder, this.#place.name));
      return true;
    } catch (error) {
      throw placeError(this.#path, error);
    }
  }

  /** Closes it; what has come stays for a later run. May be repeated. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    await this.#adding.catch(() => {});
    const rest = this.#block.subarray(0, this.#filled);
    await writeAll(this.#file, rest).catch(() => {});
    this.#close();
  }

  /** Takes in what an earlier run has left, unless it is longer than the file. */
  async #readBefore(size: number): Promise<void> {
    const { size: there } = await this.#file.stat();
    if (there > size) return await this.#file.truncate(0);
    for (;;) {
      const read = await this.#file.read(this.#block.subarray(this.#filled));
      if (read === null) break;
      this.#filled += read;
      if (this.#filled === BLOCK) {
        this.#written += BLOCK;
        await this.#addBlock();
      }
    }
    // The rest of a block is written again with what follows.
    await this.#file.seek(this.#written, Deno.SeekMode.Start);
  }

  async #endBlock(): Promise<void> {
    const block = this.#block.subarray(0, this.#filled);
    await writeAll(this.#file, block);
    this.#written += block.byteLength;
    await this.#addBlock();
  }

  /** Begins to compare the block, once the one before was compared: two are in memory. */
  async #addBlock(): Promise<void> {
    const block = this.#block.subarray(0, this.#filled);
    await this.#adding;
    this.#adding = this.#check.add(block);
    this.#adding.catch(() => {});
    this.#block = new Uint8Array(BLOCK);
    this.#filled = 0;
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}

/** The name of the part of a file with this tag; other contents have another part. */
async function partName(name: string, tag: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(tag));
  const digits = toHex(new Uint8Array(digest)).slice(0, 12);
  return `.${cutName(name, LONGEST_STEM)}.${digits}.part`;
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await file.write(rest));
}
