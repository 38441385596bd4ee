import type { Logger } from "@logtape/logtape";
import { Cksum } from "../../shared/cksum/cksum.ts";
import type { Counters } from "../observe/counters.ts";
import type { Committer } from "../storage/versions/committer.ts";
import type { StagedContents } from "../storage/versions/store.ts";
import { QuotaError, type Reservation } from "./quota.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";

/** The size and checksum of plain bytes. */
export interface Digest {
  /** The number of bytes. */
  readonly size: number;
  /** Their POSIX `cksum`. */
  readonly checksum: number;
}

/** What is counted of files that are stored. */
export type FilesCounter = "files-stored" | "bytes-stored";

export interface IncomingFileParts {
  /** The id of its client, 16 bytes. */
  readonly clientId: ClientId;
  /** The staged contents. Owned by the file from now on. */
  readonly staged: StagedContents;
  /** The space reserved for it. Owned by the file from now on. */
  readonly reservation: Reservation;
  readonly committer: Pick<Committer, "commit">;
  readonly counters: Counters<FilesCounter>;
  /** The log, with the client on each line. */
  readonly log: Logger;
}

/** A file that is being received, as plain bytes, independent of the protocol. */
export class IncomingFile {
  readonly #parts: IncomingFileParts;
  readonly #sum = new Cksum();

  /** Use `IncomingFiles.begin()`. */
  constructor(parts: IncomingFileParts) {
    this.#parts = parts;
  }

  /** The log, with the client on each line. */
  get log(): Logger {
    return this.#parts.log;
  }

  /** Size and checksum of all that was written. */
  get digest(): Digest {
    return { size: this.#sum.size, checksum: this.#sum.digest() };
  }

  /**
   * Writes the next bytes, which must not change until the promise resolves; one call at a time.
   * Throws a `QuotaError` if there is no space for them, and the errors of the store.
   */
  async write(bytes: Uint8Array): Promise<void> {
    const { reservation, staged } = this.#parts;
    const refusal = await reservation.arrives(bytes.byteLength);
    if (refusal !== undefined) throw new QuotaError(refusal, "No room for the rest of the file");
    this.#sum.update(bytes);
    await staged.write(bytes);
  }

  /**
   * Commits everything written as the current version of the client's file; `verified` says whether
   * the client confirmed the checksum. Once it resolves, the file may be confirmed to the client.
   * `fileName` is a safe name. Throws the errors of the committer; the call may then be repeated.
   */
  async commit(fileName: string, { verified }: { readonly verified: boolean }): Promise<void> {
    const { committer, staged, clientId, counters, log } = this.#parts;
    const { digest } = this;
    const sent = { clientId, fileName, ...digest, verified };
    const version = await committer.commit(staged, sent);
    counters.add("files-stored");
    counters.add("bytes-stored", digest.size);
    const facts = { file: version.fileName, size: digest.size };
    if (verified) log.info("Stored {file}: {size} bytes, verified", facts);
    else log.warn("Stored {file}: {size} bytes, not verified: its client gave no verdict", facts);
    if (version.fileName !== fileName) {
      log.info("It was sent as {sent}, which differs in case or Unicode form only", {
        sent: fileName,
      });
    }
  }

  /**
   * Removes everything written. May be repeated, or called after `commit()`, but not during a
   * write.
   */
  async discard(): Promise<void> {
    this.#parts.reservation[Symbol.dispose]();
    await this.#parts.staged.discard();
  }
}
