import type { Logger } from "@logtape/logtape";
import { Cksum } from "../../shared/cksum/cksum.ts";
import type { Counters } from "../observe/counters.ts";
import type { Committer } from "../storage/committer.ts";
import type { StagedContents } from "../storage/store.ts";
import { QuotaError, type Reservation } from "./quota.ts";

/** What plain bytes come to. */
export interface Digest {
  /** How many there are. */
  readonly size: number;
  /** Their POSIX `cksum`. */
  readonly checksum: number;
}

/** What an incoming file consists of. */
export interface IncomingFileParts {
  /** The id of its client, 16 bytes. */
  readonly clientId: Uint8Array;
  /** Where its contents go. Owned by the file from here on. */
  readonly staged: StagedContents;
  /** The room that was reserved for it. Owned by the file from here on. */
  readonly reservation: Reservation;
  readonly committer: Pick<Committer, "commit">;
  readonly counters: Counters;
  /** Logs with whose file it is on each line. */
  readonly log: Logger;
}

/** A file on its way in, as plain bytes: how they are sent is the business of a protocol. */
export class IncomingFile {
  readonly #parts: IncomingFileParts;
  readonly #sum = new Cksum();

  /** Use `IncomingFiles.begin()`. */
  constructor(parts: IncomingFileParts) {
    this.#parts = parts;
  }

  /** Logs with whose file it is on each line. */
  get log(): Logger {
    return this.#parts.log;
  }

  /** Size and checksum of all that was written. */
  get digest(): Digest {
    return { size: this.#sum.size, checksum: this.#sum.digest() };
  }

  /**
   * Writes the next bytes, which must not change until the promise resolves; one call at a time.
   * Throws a `QuotaError` when there is no room for them, and what the store throws.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const { reservation, staged } = this.#parts;
    const refusal = await reservation.arrives(bytes.byteLength);
    if (refusal !== undefined) throw new QuotaError(refusal, "No room for the rest of the file");
    this.#sum.update(bytes);
    await staged.write(bytes);
  }

  /**
   * Keeps all that was written as the version of the client's file that counts: when this resolves,
   * the client may be told so. `fileName` is a safe name. Throws what the committer throws; the
   * call may then be repeated.
   */
  async commit(fileName: string): Promise<void> {
    const { committer, staged, clientId, counters, log } = this.#parts;
    const { digest } = this;
    const { version } = await committer.commit(staged, { clientId, fileName, ...digest });
    counters.add("files-stored");
    counters.add("bytes-stored", digest.size);
    log.info("Stored {file}: {size} bytes, verified", {
      file: version.fileName,
      size: digest.size,
    });
    if (version.fileName !== fileName) {
      log.info("It was sent as {sent}, which differs in case or Unicode form only", {
        sent: fileName,
      });
    }
  }

  /**
   * Leaves nothing behind. Harmless when repeated, or after `commit()`; not while a write is under
   * way.
   */
  async discard(): Promise<void> {
    this.#parts.reservation[Symbol.dispose]();
    await this.#parts.staged.discard();
  }
}
