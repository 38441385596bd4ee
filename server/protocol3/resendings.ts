import { type ClientsFile, fileKey } from "./clients_file.ts";

/** Maximum number of files in the table; each takes about 400 bytes. */
const MOST_REMEMBERED = 4_096;

/**
 * Files whose client has announced that it sends them again, and has not begun to: some clients
 * give up then. Bounded; the oldest is removed first. The table is lost when the server ends.
 */
export class Resendings {
  readonly #files = new Set<string>();

  /** The number of files in the table. */
  get size(): number {
    return this.#files.size;
  }

  /** Records that a file is announced again. */
  add(file: ClientsFile): void {
    const key = fileKey(file);
    this.#files.delete(key);
    this.#files.add(key);
    for (const oldest of this.#files) {
      if (this.#files.size <= MOST_REMEMBERED) return;
      this.#files.delete(oldest);
    }
  }

  /** Removes a file. Returns whether it was in the table. */
  delete(file: ClientsFile): boolean {
    return this.#files.size > 0 && this.#files.delete(fileKey(file));
  }
}
