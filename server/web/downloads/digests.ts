import { createHash } from "node:crypto";

/** Bytes per read. Between two reads the server can do other work. */
const CHUNK_SIZE = 256 * 1024;

/** Distinguishes a file on disk from another one, or from an older state of itself. */
export interface FileState {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds. */
  readonly modified: number;
  /** Null if the system has none. */
  readonly inode: number | null;
  readonly device: number;
}

/** A state of a file and its digest. */
export interface Digested extends FileState {
  /** SHA-256 as 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** Returns the state of a file from its `info`. */
export function stateOf({ size, mtime, ino, dev }: Deno.FileInfo): FileState {
  return { size, modified: mtime?.getTime() ?? 0, inode: ino, device: dev };
}

/** Whether two states have the same content, as far as the system can tell. */
export function isSameState(a: FileState, b: FileState): boolean {
  return a.size === b.size && a.modified === b.modified && a.inode === b.inode &&
    a.device === b.device;
}

/** The digests of files, each computed once for each state of a file. */
export class Digests {
  readonly #known = new Map<string, Digested>();
  readonly #stopping: AbortSignal;

  /** Nothing is computed after `stopping`, since a large file takes long. */
  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
  }

  /**
   * Returns the digest of a regular file, read as a stream. Returns undefined if it is no regular
   * file, is gone, changes while it is read, or the server stops.
   */
  async of(path: string): Promise<Digested | undefined> {
    const info = await Deno.lstat(path).catch(() => undefined);
    if (!info?.isFile) return undefined;
    const known = this.#known.get(path);
    if (known !== undefined && isSameState(known, stateOf(info))) return known;
    const digested = await digest(path, stateOf(info), this.#stopping);
    if (digested === undefined) this.#known.delete(path);
    else this.#known.set(path, digested);
    return digested;
  }

  /** Removes all files but these. */
  retainOnly(paths: ReadonlySet<string>): void {
    for (const path of this.#known.keys()) {
      if (!paths.has(path)) this.#known.delete(path);
    }
  }
}

async function digest(
  path: string,
  state: FileState,
  stopping: AbortSignal,
): Promise<Digested | undefined> {
  try {
    using file = await Deno.open(path);
    const hash = createHash("sha256");
    const buffer = new Uint8Array(CHUNK_SIZE);
    for (let got = await file.read(buffer); got !== null; got = await file.read(buffer)) {
      if (stopping.aborted) return undefined;
      hash.update(buffer.subarray(0, got));
    }
    if (!isSameState(state, stateOf(await file.stat()))) return undefined;
    return { ...state, sha256: hash.digest("hex") };
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
