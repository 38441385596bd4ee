import { join } from "node:path";

import { GrowingBytes } from "../../contents/growing_bytes.ts";
import { SMALL_CONTENTS } from "../../contents/contents.ts";
import { StorageError } from "../../storage_error.ts";
import { messageOf } from "../../../../shared/text/quoted.ts";
import { newKey } from "../../keyed/keyed_new_contents.ts";

const NAME = /^[0-9a-f]{32}$/;

/** A folder of this server alone for bytes that are to be sent: it has nothing of worth. */
export class Spool {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Opens the folder, which is made for its user alone, and removes what an earlier run has left.
   * Throws a `StorageError`.
   */
  static async open(folder: string): Promise<Spool> {
    try {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      if (Deno.build.os !== "windows") await Deno.chmod(folder, 0o700);
      for await (const { name, isFile } of Deno.readDir(folder)) {
        if (isFile && NAME.test(name)) await Deno.remove(join(folder, name));
      }
    } catch (error) {
      throw spoolError(error, folder);
    }
    return new Spool(folder);
  }

  /** Returns an empty place for bytes. */
  spooled(): Spooled {
    return new Spooled(join(this.#folder, newKey()));
  }
}

/** Bytes that are to be sent: in memory while they are few, then in a file. */
export class Spooled {
  readonly #path: string;
  #memory: GrowingBytes | undefined = new GrowingBytes();
  #file: Deno.FsFile | undefined;
  #size = 0;

  constructor(path: string) {
    this.#path = path;
  }

  get size(): number {
    return this.#size;
  }

  /** Appends `bytes`, which the caller may reuse afterwards. One call at a time. */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#memory !== undefined && this.#size + bytes.length <= SMALL_CONTENTS) {
      this.#memory.add(bytes);
    } else {
      await this.#attempt(async () => {
        const file = this.#file ??= await this.#create();
        await writeAt(file, bytes, this.#size);
      });
    }
    this.#size += bytes.length;
  }

  /** Fills `into` with the first bytes. */
  async read(into: Uint8Array): Promise<void> {
    const held = this.#memory;
    if (held !== undefined) return into.set(held.all.subarray(0, into.length));
    await this.#attempt(async () => {
      using file = await Deno.open(this.#path, { read: true });
      for (let at = 0; at < into.length;) {
        const count = await file.read(into.subarray(at));
        if (count === null) throw new Error("The file is shorter than what was written");
        at += count;
      }
    });
  }

  /** Removes the bytes. May be repeated. */
  async remove(): Promise<void> {
    this.#memory = undefined;
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined) return;
    file.close();
    await this.#attempt(() => Deno.remove(this.#path));
  }

  async #create(): Promise<Deno.FsFile> {
    const file = await Deno.open(this.#path, { write: true, createNew: true, mode: 0o600 });
    const held = this.#memory?.all ?? new Uint8Array();
    try {
      await writeAt(file, held, 0);
    } catch (error) {
      file.close();
      await Deno.remove(this.#path);
      throw error;
    }
    this.#memory = undefined;
    return file;
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw spoolError(error, this.#path);
    }
  }
}

async function writeAt(file: Deno.FsFile, bytes: Uint8Array, at: number): Promise<void> {
  await file.seek(at, Deno.SeekMode.Start);
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

function spoolError(error: unknown, path: string): StorageError {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return new StorageError(
    code === "ENOSPC" || code === "EDQUOT" ? "disk-full" : "disk-failed",
    `Could not spool to ${JSON.stringify(path)}: ${messageOf(error)}; name another --spool`,
    { cause: error },
  );
}
