import { type ClientsFile, fileKey } from "./clients_file.ts";

/** Maximum number of confirmations in the table; each takes about 400 bytes. */
const MOST_REMEMBERED = 4_096;

/**
 * Files whose checksum was confirmed, with their running or finished commit: for clients that lost
 * the connection before they received the reply, and confirm again over another one.
 *
 * A confirmation is removed when its file is sent again, because it is valid for the newest
 * contents only. Bounded; the oldest is removed first. The table is lost when the server ends.
 */
export class Confirmations {
  readonly #commits = new Map<string, Promise<void>>();

  /** The number of confirmations in the table. */
  get size(): number {
    return this.#commits.size;
  }

  /** Records that a file was confirmed; the entry is removed if `commit` rejects. */
  add(file: ClientsFile, commit: Promise<void>): void {
    const key = fileKey(file);
    this.#commits.delete(key);
    this.#commits.set(key, commit);
    commit.catch(() => {
      if (this.#commits.get(key) === commit) this.#commits.delete(key);
    });
    for (const oldest of this.#commits.keys()) {
      if (this.#commits.size <= MOST_REMEMBERED) return;
      this.#commits.delete(oldest);
    }
  }

  /** Returns the running or finished commit of a confirmed file. */
  find(file: ClientsFile): Promise<void> | undefined {
    return this.#commits.get(fileKey(file));
  }

  /** Removes a confirmation, if there is one. */
  forget(file: ClientsFile): void {
    if (this.#commits.size > 0) this.#commits.delete(fileKey(file));
  }
}
