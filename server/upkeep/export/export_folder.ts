import { dirname, join } from "node:path";

import { messageOf, quotedPath } from "../../../shared/text/quoted.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { RECEIVED_FILES } from "../../storage/names/location.ts";
import { syncNames } from "../../storage/system/sync_names.ts";

/** The folder of the trees of protocol 4, in the folder of an export. */
export const TREES = "trees";

/** Names of what an export writes beside its files: who is who, and the links of trees. */
export const LISTS = { clients: "clients.tsv", links: "links.tsv" } as const;

/** The folder of files that are being written. */
const UNFINISHED = ".unfinished";

const OWN: readonly string[] = [RECEIVED_FILES, TREES, UNFINISHED, ...Object.values(LISTS)];

/** Something else is where a file, or a folder above it, has to be. */
export class BlockedError extends Error {
  override readonly name = "BlockedError";
}

/** A folder that files are exported to. It follows no links below it. */
export class ExportFolder {
  readonly #root: string;
  #files = 0;

  private constructor(root: string) {
    this.#root = root;
  }

  /**
   * Opens the folder, made when missing, for its owner alone. Throws a `StartupError` if it has
   * anything but what an earlier export has written, or cannot be written.
   */
  static async open(root: string): Promise<ExportFolder> {
    try {
      await Deno.mkdir(root, { recursive: true, mode: 0o700 });
      for await (const { name } of Deno.readDir(root)) {
        if (OWN.includes(name)) continue;
        throw new StartupError(
          `The folder ${quotedPath(root)} has other files, such as ${quotedPath(name)}: name an ` +
            "empty one with --to, or that of an earlier export",
        );
      }
      await Deno.remove(join(root, UNFINISHED), { recursive: true }).catch(unlessMissing);
      await Deno.mkdir(join(root, UNFINISHED), { mode: 0o700 });
      return new ExportFolder(root);
    } catch (error) {
      throw failed(error, root);
    }
  }

  /** Opens the file at a path in the folder for reading; undefined if there is none. */
  async read(path: readonly string[]): Promise<ReadableStream<Uint8Array> | undefined> {
    const full = join(this.#root, ...path);
    if (!(await kindOf(full))?.isFile) return undefined;
    return (await Deno.open(full)).readable;
  }

  /**
   * Writes a file to a path in the folder, once `write` has written all of it: it is there as a
   * whole or not at all, and on the disk when the promise resolves. Throws a `BlockedError`, what
   * `write` throws, and a `StartupError` if it cannot be written.
   */
  async place(
    path: readonly string[],
    { write, mtime }: {
      readonly write: (append: (piece: Uint8Array) => Promise<void>) => Promise<void>;
      readonly mtime?: Date;
    },
  ): Promise<void> {
    const unfinished = join(this.#root, UNFINISHED, `${this.#files++}`);
    const full = join(this.#root, ...path);
    try {
      {
        using file = await this.#attempt(() =>
          Deno.open(unfinished, { write: true, createNew: true, mode: 0o600 })
        );
        await write(async (piece) => {
          for (let at = 0; at < piece.length;) {
            at += await this.#attempt(() => file.write(piece.subarray(at)));
          }
        });
        await this.#attempt(() => file.sync());
      }
      await this.#attempt(async () => {
        if (mtime !== undefined) await Deno.utime(unfinished, mtime, mtime);
        await this.#makeAbove(path);
        if ((await kindOf(full))?.isDirectory) {
          throw new BlockedError(`${quotedPath(full)} is a folder`);
        }
        await Deno.rename(unfinished, full);
        await syncNames(dirname(full));
      });
    } finally {
      await Deno.remove(unfinished).catch(() => {});
    }
  }

  /** Makes a folder at a path, and those above it. Throws as `place()` does. */
  async make(path: readonly string[]): Promise<void> {
    await this.#attempt(() => this.#makeAbove([...path, ""]));
  }

  /** Removes what is of use during an export alone. */
  async finish(): Promise<void> {
    await this.#attempt(() => Deno.remove(join(this.#root, UNFINISHED), { recursive: true }));
  }

  async #makeAbove(path: readonly string[]): Promise<void> {
    let folder = this.#root;
    for (const name of path.slice(0, -1)) {
      const above = folder;
      folder = join(folder, name);
      const there = await kindOf(folder);
      if (there?.isDirectory) continue;
      if (there !== undefined) throw new BlockedError(`${quotedPath(folder)} is no folder`);
      await Deno.mkdir(folder, { mode: 0o700 }).catch((error: unknown) => {
        // Another file of it has been faster.
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      });
      await syncNames(above);
    }
  }

  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw failed(error, this.#root);
    }
  }
}

function failed(error: unknown, root: string): Error {
  if (error instanceof StartupError || error instanceof BlockedError) return error;
  return new StartupError(
    `Cannot write to the folder ${quotedPath(root)}: ${messageOf(error)}; make room there, or ` +
      "name another with --to",
    { cause: error },
  );
}

/** What is at a path, links not followed; undefined for nothing. */
async function kindOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.lstat(path);
  } catch (error) {
    unlessMissing(error);
    return undefined;
  }
}

function unlessMissing(error: unknown): void {
  const isMissing = error instanceof Deno.errors.NotFound ||
    error instanceof Deno.errors.NotADirectory;
  if (!isMissing) throw error;
}
