import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import { toLatin1 } from "../../../shared/text/encodings.ts";
import type { TextField } from "../../../shared/wire/layout.ts";

/** Maximum number of files in the table; each takes about 400 bytes. */
const MOST_REMEMBERED = 4_096;

/** Identifies a file as its client does. */
export interface ClientsFile {
  readonly clientId: ClientId;
  /** The field of the name, as received. */
  readonly fileName: TextField;
}

/** An announcement that a file is sent again. */
interface Resending {
  /** Whether it has to be tried with the first half of its key; see `Upload.tryFirstHalf`. */
  readonly tryFirstHalf: boolean;
}

/** A client's last verdict on a file: the commit that runs or has ended, or that it resends. */
type Verdict = Promise<void> | Resending;

/**
 * The last verdicts on files that have no upload any longer. Some clients lose the connection
 * before they receive the reply to a confirmation, and confirm again over another one. Others
 * announce that they send a file again, and give up without sending it.
 *
 * A verdict is removed when its file is sent again, because it is valid for the newest contents
 * only. Bounded; the oldest is removed first. The table is lost when the server ends.
 */
export class LastVerdicts {
  readonly #verdicts = new Map<string, Verdict>();

  /** The number of files in the table. */
  get size(): number {
    return this.#verdicts.size;
  }

  /** Records that a file was confirmed; the entry is removed if `commit` rejects. */
  confirm(file: ClientsFile, commit: Promise<void>): void {
    const key = this.#add(file, commit);
    commit.catch(() => {
      if (this.#verdicts.get(key) === commit) this.#verdicts.delete(key);
    });
  }

  /** Records that a file is announced again. */
  resend(file: ClientsFile, how: Resending): void {
    this.#add(file, how);
  }

  /** Returns the running or finished commit of a confirmed file. */
  commitOf(file: ClientsFile): Promise<void> | undefined {
    const verdict = this.#verdicts.get(fileKey(file));
    return verdict instanceof Promise ? verdict : undefined;
  }

  /** Returns the announcement of a file that is sent again, if that is the last verdict on it. */
  resending(file: ClientsFile): Resending | undefined {
    const verdict = this.#verdicts.get(fileKey(file));
    return verdict instanceof Promise ? undefined : verdict;
  }

  /** Returns whether a file is announced again; true once, since it is given up then. */
  giveUp(file: ClientsFile): boolean {
    const announced = this.resending(file) !== undefined;
    if (announced) this.forget(file);
    return announced;
  }

  /** Removes a file, if it is there. */
  forget(file: ClientsFile): void {
    if (this.#verdicts.size > 0) this.#verdicts.delete(fileKey(file));
  }

  #add(file: ClientsFile, verdict: Verdict): string {
    const key = fileKey(file);
    this.#verdicts.delete(key);
    this.#verdicts.set(key, verdict);
    for (const oldest of this.#verdicts.keys()) {
      if (this.#verdicts.size <= MOST_REMEMBERED) break;
      this.#verdicts.delete(oldest);
    }
    return key;
  }
}

function fileKey({ clientId, fileName }: ClientsFile): string {
  return `${clientIdText(clientId)}/${toLatin1(fileName.bytes)}`;
}
