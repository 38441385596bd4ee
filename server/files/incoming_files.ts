import type { Logger } from "@logtape/logtape";
import type { Counters } from "../observe/counters.ts";
import type { NamedStorage } from "../storage/storage.ts";
import { type FilesCounter, IncomingFile } from "./incoming_file.ts";
import { type Quota, QuotaError } from "./quota.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";

export interface IncomingFilesOptions extends Pick<NamedStorage, "store" | "committer"> {
  readonly quota: Quota;
  /** Counts what is stored. */
  readonly counters: Counters<FilesCounter>;
}

/** A file that is about to be received. */
export interface FileAnnounced {
  /** The id of its client, 16 bytes. */
  readonly clientId: ClientId;
  /** The safe name that it will have; see `FileVersion`. */
  readonly fileName: string;
  /** Its maximum size in bytes. */
  readonly size: number;
  /** The log, with the client on each line. */
  readonly log: Logger;
}

/** Receives files, independent of the protocol. */
export class IncomingFiles {
  readonly #options: IncomingFilesOptions;

  constructor(options: IncomingFilesOptions) {
    this.#options = options;
  }

  /**
   * Begins a file. Throws a `QuotaError` if there is no space for it, and the errors of the store.
   */
  async begin({ clientId, fileName, size, log }: FileAnnounced): Promise<IncomingFile> {
    const { store, quota, committer, counters } = this.#options;
    const reservation = await quota.reserve({ clientId, fileName, size });
    if (typeof reservation === "string") {
      throw new QuotaError(reservation, `No room for ${size} bytes`);
    }
    try {
      const staged = await store.stage();
      return new IncomingFile({ clientId, staged, reservation, committer, counters, log });
    } catch (error) {
      reservation[Symbol.dispose]();
      throw error;
    }
  }
}
