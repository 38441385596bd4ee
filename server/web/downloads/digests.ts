import { createHash } from "node:crypto";

/** Bytes that are read at once. Between two reads the server does its other work. */
const CHUNK_SIZE = 256 * 1024;

/** What tells a file on the disk from another one, or from an older state of itself. */
export interface FileState {
  /** Bytes. */
  readonly size: number;
  /** Milliseconds. */
  readonly modified: number;
  /** Null where the system has none. */
  readonly inode: number | null;
  readonly device: number;
}

/** A state and what was computed of it. */
export interface Digested extends FileState {
  /** SHA-256 as 64 lower-case hexadecimal digits. */
  readonly sha256: string;
}

/** The state that a file has as of `info`. */
export function stateOf({ size, mtime, ino, dev }: Deno.FileInfo): FileState {
  return { size, modified: mtime?.getTime() ?? 0, inode: ino, device: dev };
}

/** Whether two states are those of one and the same content, as far as the system can tell. */
export function isSameState(a: FileState, b: FileState): boolean {
  return a.size === b.size && a.modified === b.modified && a.inode === b.inode &&
    a.device === b.device;
}

/** The digests of files, each computed once for a state of its file. */
export class Digests {
  readonly #known = new Map<string, Digested>();
  readonly #stopping: AbortSignal;

  /** After `stopping` no more is computed: a large file takes its time. */
  constructor(stopping: AbortSignal) {
    this.#stopping = stopping;
  }

  /**
   * The digest of a regular file, or undefined when it is none, is gone, changes while it is read,
   * or nobody wants it any more. Reads it as a stream.
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

  /** Forgets all files but these. */
  keep(paths: ReadonlySet<string>): void {
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
