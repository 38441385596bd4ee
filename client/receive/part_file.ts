import { cutName } from "../../shared/names/safe_name.ts";
import { toHex } from "../../shared/text/encodings.ts";
import { inFolder } from "../files/paths.ts";
import { codeOf } from "../identity/replace_file.ts";
import type { ContentCheck, RemoteFile } from "../remote/remote_files.ts";
import { placeError } from "./place_error.ts";
import { inTheWay, whatIsAt } from "./real_folders.ts";

/** The most bytes of a name that are in that of its `.part` file: with the rest it has 255. */
export const LONGEST_STEM: number = 255 - "..0123456789ab.part".length;

/** Permissions of a part: its owner alone may read it. */
export const PART_MODE = 0o600;

/** The name of a part: that of its file, and digits that stand for the contents. */
export const PART_NAME: RegExp = /^\.([^]+)\.[0-9a-f]{12}\.part$/;

/** The name of the part of a file with this tag; other contents have another part. */
export async function partName(name: string, tag: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(tag));
  const digits = toHex(new Uint8Array(digest)).slice(0, 12);
  return `.${cutName(name, LONGEST_STEM)}.${digits}.part`;
}

/** Bytes that are read at once of what an earlier run has left. */
const READ = 256 * 1024;

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
  #size = 0;
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
        ...{ read: true, write: true, mode: PART_MODE },
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
    return this.#size;
  }

  /**
   * Adds the next bytes. They are written synchronously, while they are in this core's cache:
   * handing them to another thread takes longer (docs/decisions/0133-written-on-the-thread.md).
   * Throws a `ClientError`.
   */
  write(bytes: Uint8Array): void {
    try {
      for (let rest = bytes; rest.byteLength > 0;) {
        rest = rest.subarray(this.#file.writeSync(rest));
      }
    } catch (error) {
      throw placeError(this.#path, error);
    }
    this.#add(bytes);
  }

  /**
   * Ends a file of which all has come. If it is what was announced, it gets its time and
   * permissions, as far as its file system keeps them, is synced, and takes its place; else it is
   * removed. Returns which.
   */
  async finish({ modified, mode }: Pick<RemoteFile, "modified" | "mode">): Promise<boolean> {
    try {
      if (!this.#check.matches()) {
        this.#close();
        await Deno.remove(this.#path);
        return false;
      }
      if (Deno.build.os !== "windows") {
        await ifKept(Deno.chmod(this.#path, (mode ?? USUAL_MODE) & 0o777));
      }
      if (modified !== undefined) {
        await ifKept(this.#file.utime(new Date(modified), new Date(modified)));
      }
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
    // What came may have found no room.
    const { size } = await this.#file.stat().catch(() => ({ size: this.#size }));
    this.#close();
    // There is nothing to go on with.
    if (size === 0) await Deno.remove(this.#path).catch(() => {});
  }

  /** Takes in what an earlier run has left, unless it is longer than the file. */
  async #readBefore(size: number): Promise<void> {
    const { size: there } = await this.#file.stat();
    if (there === 0) return;
    if (there > size) return await this.#file.truncate(0);
    const buffer = new Uint8Array(READ);
    for (let read: number | null; (read = await this.#file.read(buffer)) !== null;) {
      this.#add(buffer.subarray(0, read));
    }
  }

  #add(bytes: Uint8Array): void {
    this.#check.add(bytes);
    this.#size += bytes.byteLength;
  }

  #close(): void {
    if (this.#open) this.#file.close();
    this.#open = false;
  }
}

/**
 * What a system says of files that are not its user's, in a file system without such facts, or of a
 * time that it cannot keep.
 */
const NOT_KEPT: ReadonlySet<string> = new Set([
  ...["EPERM", "EOPNOTSUPP", "ENOTSUP", "ENOSYS", "EINVAL", "ERANGE", "EOVERFLOW"],
]);

/** Awaits a change of what not all file systems keep: contents are no less there without it. */
async function ifKept(change: Promise<void>): Promise<void> {
  try {
    await change;
  } catch (error) {
    if (!NOT_KEPT.has(codeOf(error) ?? "")) throw error;
  }
}
