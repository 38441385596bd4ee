import { clientIdText } from "../../shared/wire/client_id.ts";
import type { TextField } from "../../shared/wire/text_field.ts";

/** Confirmations that are remembered at the most: each takes about 400 bytes. */
const MOST_REMEMBERED = 4_096;

/** Names a file as its client does. */
export interface ClientsFile {
  readonly clientId: Uint8Array;
  /** The field of the name, as it came. */
  readonly fileName: TextField;
}

/**
 * Files whose checksum was confirmed, from the confirmation on, with what comes of the commit: for
 * clients that lost the connection before they heard the answer, and ask again over another one.
 *
 * One is forgotten when its file is sent anew, because a confirmation is of the newest contents
 * only. Bounded; the oldest is forgotten first, and all of them when the server ends.
 */
export class Confirmations {
  readonly #commits = new Map<string, Promise<void>>();

  /** How many are remembered. */
  get size(): number {
    return this.#commits.size;
  }

  /** Remembers that a file was confirmed; `commit` is forgotten if it rejects. */
  add(file: ClientsFile, commit: Promise<void>): void {
    const key = keyOf(file);
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

  /** The commit of a file that was confirmed, under way or done. */
  find(file: ClientsFile): Promise<void> | undefined {
    return this.#commits.get(keyOf(file));
  }

  /** Forgets a confirmation; harmless where there is none. */
  forget(file: ClientsFile): void {
    if (this.#commits.size > 0) this.#commits.delete(keyOf(file));
  }
}

function keyOf({ clientId, fileName }: ClientsFile): string {
  return `${clientIdText(clientId)}/${String.fromCharCode(...fileName.bytes)}`;
}
