import { encryptedSize } from "../../../shared/protocol3/crypto/cbc.ts";
import { PacketSequence } from "../../../shared/protocol3/parsing/packet_sequence.ts";
import type { Profile } from "../../../shared/protocol3/parsing/profile.ts";
import type { RevisionName } from "../../../shared/protocol3/revision.ts";
import type { FileRequest, VerdictRequest } from "../../../shared/protocol3/request.ts";
import { type ClientId, sameClientId } from "../../../shared/wire/client_id.ts";
import type { ClientSlot } from "../../listening/protocol_connection.ts";
import { beginUpload, type UploadOptions } from "./begin_upload.ts";
import type { Upload } from "../uploads/upload.ts";
import { type Answer, PacketReplies } from "./packet_replies.ts";
import { Verdicts, type VerdictsOptions } from "./verdicts.ts";

/** The result of handling a silence. */
export interface AfterSilence {
  readonly reply?: Answer | undefined;
  /** Whether the content being received has ended, with less than announced. */
  readonly contentEnded: boolean;
}

export interface FileTransferOptions extends UploadOptions, VerdictsOptions {
  /** The client's deviations from the protocol. */
  readonly profile: Profile;
  /** Maximum bytes of a plain file. */
  readonly maxFileSize: number;
  /** The connection's slot in the server. */
  readonly slot: Pick<ClientSlot, "pin" | "addressKey">;
}

/**
 * Milliseconds after which the last block of a content is assumed missing (protocol-3, "Clients").
 */
const BLOCK_SILENCE = 1_000;

/**
 * The files received over one connection, one at a time: their packets, contents, and the client's
 * verdicts on their checksums.
 */
export class FileTransfer {
  readonly #options: FileTransferOptions;
  readonly #verdicts: Verdicts;
  readonly #replies: PacketReplies;
  #upload: Upload | undefined;
  #receiving = false;
  /** The client whose file was refused: its remaining packets are not answered. */
  #skipping: ClientId | undefined;

  constructor(options: FileTransferOptions) {
    this.#options = options;
    this.#verdicts = new Verdicts(options);
    this.#replies = new PacketReplies(options);
  }

  /** Whether content of a file is being received. */
  get receiving(): boolean {
    return this.#receiving;
  }

  /** Whether a file is being received or waits for its verdict. */
  get underWay(): boolean {
    return this.#upload !== undefined;
  }

  /** Whether more of a file is due, in the packet being received or in the next one. */
  get incomplete(): boolean {
    return this.#upload !== undefined && this.#upload.digest === undefined;
  }

  /**
   * Bytes of content still due in the packet being received; undefined if its content is dropped.
   */
  get contentDue(): number | undefined {
    return this.#receiving ? this.#upload?.missing : undefined;
  }

  /** Bytes of content still to come of the file that is being received, as far as it is known. */
  get contentLeft(): number {
    return this.#upload?.left ?? 0;
  }

  /**
   * Milliseconds of silence after which the client is assumed to wait for the server, and
   * `silence()` is to be called; undefined while the client has to send.
   */
  get silenceLimit(): number | undefined {
    const upload = this.#upload;
    if (upload === undefined) return undefined;
    if (this.#receiving) {
      const mayBeShort = upload.lacksLastBlock && !this.#options.profile.strict;
      return mayBeShort ? BLOCK_SILENCE : undefined;
    }
    return this.#replies.silenceLimit(upload);
  }

  /** Handles a silence of `silenceLimit`. */
  async silence(): Promise<AfterSilence> {
    const upload = this.#upload;
    if (upload === undefined || this.#receiving) return { contentEnded: this.#receiving };
    const reply = await this.#orGiveUp(upload, () => this.#replies.afterSilence(upload));
    return { reply, contentEnded: false };
  }

  /**
   * Handles the head of a packet. Its content follows through `content()`, even if this throws: it
   * is dropped then, like the packets after it, until a file begins again.
   *
   * `fresh` says whether it is the first request of its connection: only then may it continue a
   * file that another connection of its client began (protocol-3, decision 4).
   */
  async packet(
    request: FileRequest,
    { fresh, revision }: { readonly fresh: boolean; readonly revision: RevisionName },
  ): Promise<void> {
    if (this.#isSkipped(request)) return;
    this.#skipping = undefined;
    this.#verdicts.answerHeard();
    try {
      const upload = await this.#uploadFor(request, fresh);
      upload.begin(request);
      this.#replies.packet({ fresh, revision });
      this.#receiving = true;
    } catch (error) {
      await this.#giveUp(request);
      throw error;
    }
  }

  /**
   * Handles the head of a packet at once if that is the next one of the file being received, or of
   * a refused file that is skipped. Returns false, and has done nothing, if it is any other:
   * `packet()` has to handle it.
   */
  goesOn(request: FileRequest, revision: RevisionName): boolean {
    if (this.#skipping !== undefined) return this.#isSkipped(request);
    const upload = this.#upload;
    if (!upload?.isContinuedBy(request)) return false;
    try {
      upload.begin(request);
    } catch {
      // It is refused by `packet()`, for the same reason.
      return false;
    }
    this.#replies.packet({ fresh: false, revision });
    this.#receiving = true;
    return true;
  }

  /**
   * Handles a piece of a packet's content, which may be reused once the promise resolves, or at
   * once if there is none.
   */
  content(bytes: Uint8Array): Promise<void> | undefined {
    const upload = this.#upload;
    if (!this.#receiving || upload === undefined) return undefined;
    try {
      const writing = upload.write(bytes);
      return writing && this.#orGiveUp(upload, () => writing);
    } catch (error) {
      return this.#orGiveUp(upload, () => Promise.reject(error));
    }
  }

  /**
   * Ends a packet. Resolves with the replies: the checksum if the file is whole. There is no
   * promise if the file goes on and there is nothing to say.
   */
  packetEnd(): Promise<readonly Answer[]> | undefined {
    const upload = this.#upload;
    if (!this.#receiving || upload === undefined) return undefined;
    this.#receiving = false;
    const ending = upload.endPacket();
    if (ending !== undefined) {
      return this.#orGiveUp(upload, () => ending.then(() => this.#replies.toPacket(upload)));
    }
    const replies = this.#replies.toPacket(upload);
    return replies.length === 0 ? undefined : Promise.resolve(replies);
  }

  /**
   * Handles the client's verdict on a checksum: commits the file, or drops it. For `fresh` see
   * `packet()`. A connection that begins with the confirmation of a file that was confirmed before
   * is answered as the one that confirmed it (protocol-3, decision 12). Throws a `Refusal`
   * (`no-upload`) if no checksum of this file awaits a verdict, and a `StorageError` if the file
   * cannot be committed; the same verdict may then be sent again.
   */
  async verdict(request: VerdictRequest, { fresh }: { readonly fresh: boolean }): Promise<void> {
    this.#verdicts.answerHeard();
    const upload = await this.#verdicts.uploadOf(request, { fresh, own: this.#upload });
    if (upload === undefined) return;
    this.#upload = upload;
    if (upload.digest === undefined && request.kind === "crcValid") return upload.confirmPacket();
    if (request.kind === "crcValid") await this.#verdicts.commit(upload);
    this.#upload = undefined;
    await this.#verdicts.end(upload, request);
  }

  /**
   * Drops the file of an invalid packet and skips the rest of it. Returns whether it was skipped
   * already, so that no reply is sent.
   */
  async refused(
    packet: { readonly clientId: ClientId; readonly packet?: number },
  ): Promise<boolean> {
    if (this.#isSkipped(packet)) return true;
    await this.#giveUp(packet);
    return false;
  }

  /** Drops the current file, if there is one: its client will send it again from packet 1. */
  async abandon(): Promise<void> {
    this.#receiving = false;
    const upload = this.#upload;
    this.#upload = undefined;
    if (upload !== undefined) await this.#options.uploads.drop(upload);
  }

  /**
   * Ends with the connection: a file between two requests is left to its client's next connection,
   * one inside a request is dropped.
   */
  async end({ clean }: { readonly clean: boolean }): Promise<void> {
    const upload = this.#upload;
    this.#upload = undefined;
    if (upload === undefined) return;
    const { uploads, counters, slot: { addressKey } } = this.#options;
    if (clean && !this.#receiving) return uploads.park(upload, { addressKey });
    counters.add("files-cut-off");
    upload.log.warn("The connection ended before {file} was complete; nothing of it is kept", {
      file: upload.request.fileName.text,
      event: "files-cut-off",
    });
    await uploads.drop(upload);
  }

  async #uploadFor(request: FileRequest, fresh: boolean): Promise<Upload> {
    const own = this.#upload;
    const { profile } = this.#options;
    if (own !== undefined && (request.packet > 1 || own.isContinuedBy(request))) return own;
    if (request.packet > 0 && fresh) {
      profile.note("connection-per-request");
      const { uploads } = this.#options;
      const { clientId, packet } = request;
      const fits = (upload: Upload) => upload.isContinuedBy(request);
      // Packet 1 may follow a packet 0, but rarely does.
      const claimed = packet === 1
        ? await uploads.claimBegun(clientId, fits, { signal: this.#options.evicted })
        : await uploads.claim(clientId, fits, { signal: this.#options.evicted });
      if (claimed !== undefined) return this.#upload = claimed;
    }
    const maxContentSize = encryptedSize(this.#options.maxFileSize);
    const sequence = new PacketSequence(request, { profile, maxContentSize });
    if (own !== undefined) {
      own.log.warn("The client begins {file} and left {previous} without a verdict", {
        file: request.fileName.text,
        previous: own.request.fileName.text,
        event: "files-left",
      });
      await this.abandon();
    }
    return this.#upload = await beginUpload(sequence, this.#options);
  }

  async #orGiveUp<T>(upload: Upload, act: () => T | Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      await this.#giveUp(upload.request);
      throw error;
    }
  }

  #isSkipped(
    { clientId, packet = 0 }: { readonly clientId: ClientId; readonly packet?: number },
  ): boolean {
    return this.#skipping !== undefined && packet > 1 && sameClientId(this.#skipping, clientId);
  }

  async #giveUp({ clientId }: { readonly clientId: ClientId }): Promise<void> {
    this.#skipping = clientId;
    await this.abandon();
  }
}
