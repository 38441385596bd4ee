import type { Logger } from "@logtape/logtape";
import type { Profile } from "../../../shared/protocol3/parsing/profile.ts";
import type { FileRequest, VerdictRequest } from "../../../shared/protocol3/request.ts";
import { quoted } from "../../../shared/text/quoted.ts";
import { type ClientId, sameClientId } from "../../../shared/wire/client_id.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import type { ClientSlot } from "../../listening/protocol_connection.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Protocol3Counter } from "../protocol3_counter.ts";
import { Refusal } from "../refusal.ts";
import type { Upload } from "../uploads/upload.ts";
import type { UploadsUnderWay } from "../uploads/uploads_under_way.ts";

export interface VerdictsOptions {
  /** The uploads that wait for the next connection of their client. */
  readonly uploads: UploadsUnderWay;
  readonly counters: Counters<Protocol3Counter>;
  /** Keeps the connection from being evicted during a commit. */
  readonly slot: Pick<ClientSlot, "pin">;
  /** Aborted when the connection has to make room: it waits for no other one then. */
  readonly evicted: AbortSignal;
  /** Returns a log with the client on each line, with its name if it is known. */
  readonly logFor: (clientId: ClientId) => Logger;
  /** The client's deviations from the protocol. */
  readonly profile: Profile;
}

/** How a verdict arrived. */
export interface Arrival {
  /** Whether it was the first request of its connection. */
  readonly fresh: boolean;
  /** The upload of its connection, if there is one. */
  readonly own: Upload | undefined;
}

/** The verdicts on the checksums of files that one connection receives. */
export class Verdicts {
  readonly #options: VerdictsOptions;
  /** The file committed last, while its client may not have received the reply. */
  #committed: FileRequest | undefined;

  constructor(options: VerdictsOptions) {
    this.#options = options;
  }

  /** The client continues over this connection, so it has received the reply for its last file. */
  answerHeard(): void {
    if (this.#committed !== undefined) this.#options.uploads.heard(this.#committed);
    this.#committed = undefined;
  }

  /**
   * Returns the upload that a verdict is on; undefined if none is needed: its file was confirmed
   * and committed before, or is given up after it was announced again. Throws a `Refusal`
   * (`no-upload`), and the error of an earlier commit.
   */
  async uploadOf(request: VerdictRequest, { fresh, own }: Arrival): Promise<Upload | undefined> {
    const fits = (upload: Upload) =>
      upload.awaitsVerdict && sameClientId(upload.request.clientId, request.clientId) &&
      sameBytes(upload.request.fileName.bytes, request.fileName.bytes);
    if (own !== undefined && fits(own)) return own;
    const alone = fresh && own === undefined;
    if (alone) this.#options.profile.note("connection-per-request");
    if (await this.#needsNone(request, alone)) return undefined;
    if (alone) {
      const claimed = await this.#options.uploads.claim(request.clientId, fits, {
        signal: this.#options.evicted,
      });
      if (claimed !== undefined) return claimed;
      // While it waited, the connection that sent the file may have confirmed or dropped it.
      if (await this.#needsNone(request, alone)) return undefined;
    }
    throw new Refusal(
      "no-upload",
      `No checksum of ${quoted(request.fileName.text)} awaits a verdict`,
    );
  }

  /** Commits the file of a confirmed upload; throws a `StorageError` if that is not possible. */
  async commit(upload: Upload): Promise<void> {
    using _pinned = this.#options.slot.pin();
    const commit = upload.commit({ verified: true });
    this.#options.uploads.confirm(upload, commit);
    await commit;
    this.#committed = upload.request;
  }

  /** Removes an upload after the verdict on it, once committed if that is a confirmation. */
  async end(upload: Upload, request: VerdictRequest): Promise<void> {
    const { uploads, counters } = this.#options;
    if (request.kind !== "crcRetry") {
      await uploads.drop(upload);
      if (request.kind === "crcAbort") this.#givenUp(request);
      return;
    }
    await uploads.dropForResending(upload);
    counters.add("checksums-retried");
    upload.log.warn("The client found another checksum for {file} and sends it again", {
      file: request.fileName.text,
      event: "checksums-retried",
    });
  }

  /** Whether a verdict needs no upload. Only one that arrives `alone` may repeat a confirmation. */
  async #needsNone(request: VerdictRequest, alone: boolean): Promise<boolean> {
    if (request.kind === "crcAbort") {
      const announced = this.#options.uploads.giveUpResending(request);
      if (announced) this.#givenUp(request);
      return announced;
    }
    return alone && request.kind === "crcValid" && await this.#wasConfirmed(request);
  }

  /** Whether a file was confirmed before. Throws the error of its commit. */
  async #wasConfirmed({ clientId, fileName }: VerdictRequest): Promise<boolean> {
    const { uploads, counters, logFor } = this.#options;
    const commit = uploads.confirmed({ clientId, fileName });
    if (commit === undefined) return false;
    await commit;
    counters.add("confirmations-repeated");
    const facts = { file: fileName.text, event: "confirmations-repeated" };
    logFor(clientId).info("The client confirms {file} again, which is stored", facts);
    return true;
  }

  #givenUp({ clientId, fileName }: VerdictRequest): void {
    const { counters, logFor } = this.#options;
    counters.add("files-given-up");
    logFor(clientId).warn("The client found another checksum for {file} and gives up", {
      file: fileName.text,
      event: "files-given-up",
    });
  }
}
