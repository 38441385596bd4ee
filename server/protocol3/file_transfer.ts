import type { Logger } from "@logtape/logtape";
import { BLOCK_SIZE, encryptedSize } from "../../shared/protocol3/crypto/cbc.ts";
import { sameBytes } from "../../shared/wire/client_id.ts";
import { PacketSequence } from "../../shared/protocol3/parsing/packet_sequence.ts";
import type { Profile } from "../../shared/protocol3/parsing/profile.ts";
import type { PacketReply, Reply } from "../../shared/protocol3/reply.ts";
import type { FileRequest, VerdictRequest } from "../../shared/protocol3/request.ts";
import { Refusal } from "../files/refusal.ts";
import type { Upload } from "./upload.ts";
import { beginUpload } from "./begin_upload.ts";
import { keepFile } from "../files/keep_file.ts";
import type { Services } from "../files/services.ts";

/** What the files of one connection depend on. */
export interface FileTransferContext extends Services {
  /** Logs with the client on each line, by its name where that is known. */
  readonly logFor: (clientId: Uint8Array) => Logger;
  /** How the client departs from the letter of the protocol. */
  readonly profile: Profile;
  /** The AES key in force for a client on this connection; throws a `Refusal` when there is none. */
  readonly keyFor: (clientId: Uint8Array) => Promise<CryptoKey>;
}

/** Milliseconds in which a client that sends several packets over one connection sends the second. */
const PACKET_SILENCE = 400;

/** Milliseconds after which the last block of a content is taken never to come (protocol-3, "Clients"). */
const BLOCK_SILENCE = 1_000;

/** What the server says: a reply of the protocol, or what some clients await for a packet. */
export type Answer = Reply | PacketReply;

/** What came of a client's silence. */
export interface AfterSilence {
  readonly reply?: Answer | undefined;
  /** Whether the content being received is over, although less came than announced. */
  readonly contentEnded: boolean;
}

/**
 * The files that come over one connection, one at a time: their packets, their contents, and what
 * the client says of their checksums.
 */
export class FileTransfer {
  readonly #context: FileTransferContext;
  #upload: Upload | undefined;
  #receiving = false;
  /** The client whose file was refused: what is left of it is not answered any more. */
  #skipping: Uint8Array | undefined;
  /** Whether the packet being received was the first thing said on the connection. */
  #first = false;
  /** The file that was kept last, as long as its client may not have heard so. */
  #kept: FileRequest | undefined;

  constructor(context: FileTransferContext) {
    this.#context = context;
  }

  /** Whether content of a file is being received. */
  get receiving(): boolean {
    return this.#receiving;
  }

  /** Whether a file is being received, or waits for its verdict. */
  get underWay(): boolean {
    return this.#upload !== undefined;
  }

  /** Whether more of a file is due, in the packet being received or in the next one. */
  get incomplete(): boolean {
    return this.#upload !== undefined && this.#upload.plain === undefined;
  }

  /** Bytes of content still due in the packet being received; undefined when its content is dropped. */
  get contentDue(): number | undefined {
    return this.#receiving ? this.#upload?.missing : undefined;
  }

  /** Bytes of content still to come of the file that is being received, as far as it is known. */
  get contentLeft(): number {
    return this.#upload?.left ?? 0;
  }

  /**
   * Milliseconds of silence after which the client is taken to wait for us, and `silence()` is due;
   * undefined while it is plain who has to speak.
   */
  get patience(): number | undefined {
    const upload = this.#upload;
    if (upload === undefined) return undefined;
    if (this.#receiving) return this.#mayBeShort(upload) ? BLOCK_SILENCE : undefined;
    return upload.sequence.open || this.#mayAwaitChecksum(upload) ? PACKET_SILENCE : undefined;
  }

  /** Acts on a silence as long as `patience`. */
  async silence(): Promise<AfterSilence> {
    const upload = this.#upload;
    if (upload === undefined || this.#receiving) return { contentEnded: this.#receiving };
    return { reply: await this.#orGiveUp(upload, () => this.#answer(upload)), contentEnded: false };
  }

  /**
   * Takes in the head of a packet. Its content follows through `content()`, also when this throws: it
   * is dropped then, and so are the packets after it, until a file begins again.
   *
   * `first` tells whether the connection has said nothing else: only then may it go on with a file
   * that another connection of its client began (protocol-3, decision 4).
   */
  async packet(request: FileRequest, { first }: { readonly first: boolean }): Promise<void> {
    if (this.#isSkipped(request)) return;
    this.#skipping = undefined;
    this.#answerHeard();
    try {
      const upload = await this.#uploadFor(request, first);
      upload.begin(request);
      this.#first = first;
      this.#receiving = true;
    } catch (error) {
      await this.#giveUp(request);
      throw error;
    }
  }

  /** Takes in a piece of a packet's content; its memory is free again once the promise resolves. */
  async content(bytes: Uint8Array): Promise<void> {
    const upload = this.#upload;
    if (!this.#receiving || upload === undefined) return;
    await this.#orGiveUp(upload, () => upload.write(bytes));
  }

  /** Ends a packet; comes back with the checksum when the file is whole. */
  async packetEnd(): Promise<Answer | undefined> {
    const upload = this.#upload;
    if (!this.#receiving || upload === undefined) return undefined;
    this.#receiving = false;
    return await this.#orGiveUp(upload, async () => {
      await upload.endPacket();
      if (this.patience !== undefined) return undefined;
      return this.#reply(upload);
    });
  }

  /**
   * Acts on what the client says of a checksum: keeps the file, or drops it. For `first` see
   * `packet()`. A connection that begins with the confirmation of a file that was confirmed before is
   * answered as the one that confirmed it (protocol-3, decision 12). Throws a `Refusal` (`no-upload`)
   * when no checksum of this file awaits a verdict, and a `StorageError` when the file cannot be kept;
   * the same verdict may then come again.
   */
  async verdict(request: VerdictRequest, { first }: { readonly first: boolean }): Promise<void> {
    this.#answerHeard();
    const upload = await this.#awaitingVerdict(request, first);
    if (upload === undefined) return;
    this.#upload = upload;
    if (upload.plain === undefined && request.kind === "crcValid") return upload.confirmPacket();
    const { counters, uploads } = this.#context;
    if (request.kind === "crcValid") {
      const commit = keepFile(upload, this.#context);
      uploads.confirm(upload, commit);
      await commit;
      this.#kept = upload.first;
    }
    this.#upload = undefined;
    await uploads.drop(upload);
    if (request.kind === "crcValid") return;
    counters.add(request.kind === "crcRetry" ? "checksums-retried" : "files-given-up");
    upload.log.warn(
      request.kind === "crcRetry"
        ? "The client found another checksum for {file} and sends it again"
        : "The client found another checksum for {file} and gives up",
      { file: request.fileName.text },
    );
  }

  /**
   * Drops the file that a packet belongs to which cannot be read, and skips the rest of it. Returns
   * whether that was so already, and nothing is to be answered.
   */
  async refused(
    packet: { readonly clientId: Uint8Array; readonly packet?: number },
  ): Promise<boolean> {
    if (this.#isSkipped(packet)) return true;
    await this.#giveUp(packet);
    return false;
  }

  /** Drops the file under way, if there is one: its client will send it anew, from packet 1. */
  async abandon(): Promise<void> {
    this.#receiving = false;
    const upload = this.#upload;
    this.#upload = undefined;
    if (upload !== undefined) await this.#context.uploads.drop(upload);
  }

  /**
   * Ends with the connection: a file between two requests is left to its client's next connection, one
   * inside a request is dropped.
   */
  async end({ clean }: { readonly clean: boolean }): Promise<void> {
    const upload = this.#upload;
    this.#upload = undefined;
    if (upload === undefined) return;
    const { uploads, counters } = this.#context;
    if (clean && !this.#receiving) return uploads.park(upload);
    counters.add("files-cut-off");
    upload.log.warn("The connection ended before {file} was complete; nothing of it is kept", {
      file: upload.first.fileName.text,
    });
    await uploads.drop(upload);
  }

  /** Nobody was heard for a while: the second packet will not come, or the first awaits an answer. */
  async #answer(upload: Upload): Promise<Answer | undefined> {
    if (upload.sequence.open) {
      upload.sequence.close();
      await upload.finishIfWhole();
    } else {
      this.#context.profile.accept("checksum-per-packet");
      upload.checksumPerPacket = true;
    }
    return this.#reply(upload);
  }

  /** What a packet that is in is answered with, if it is. */
  #reply(upload: Upload): Answer | undefined {
    const { counters, profile } = this.#context;
    const received = upload.ask();
    const { clientId } = upload.first;
    if (received === undefined) {
      return profile.has("left-padded-names") ? { kind: "packetReceived", clientId } : undefined;
    }
    const { size, checksum, packet: { contentSize } } = received;
    const { fileName } = upload.first;
    if (upload.plain !== undefined) {
      counters.add("files-received");
      upload.log.info("Received {file}: {size} bytes, checksum {checksum}", {
        file: fileName.text,
        size,
        checksum,
        milliseconds: Math.round(performance.now() - upload.begun),
      });
    }
    return { kind: "fileReceived", clientId, contentSize, fileName, checksum };
  }

  /**
   * Whether nothing but a last block is missing, which some clients announce and do not have; never the
   * only one, since padding makes at least one block of every file.
   */
  #mayBeShort({ missing, sequence }: Upload): boolean {
    return missing === BLOCK_SIZE && sequence.announced > BLOCK_SIZE && sequence.last &&
      !this.#context.profile.strict;
  }

  /** Whether the client may have opened a connection for this packet alone, to be told its checksum. */
  #mayAwaitChecksum({ sequence, checksumPerPacket }: Upload): boolean {
    return this.#first && sequence.apart === true && !sequence.whole && !checksumPerPacket;
  }

  async #uploadFor(request: FileRequest, first: boolean): Promise<Upload> {
    const own = this.#upload;
    const { profile } = this.#context;
    if (own !== undefined && (request.packet > 1 || continues(own, request))) return own;
    if (request.packet > 0 && first && profile.accept("connection-per-request")) {
      const { uploads } = this.#context;
      const { clientId, packet } = request;
      const fits = (upload: Upload) => continues(upload, request);
      // Packet 1 may follow a packet 0, but hardly ever does.
      const claimed = packet === 1
        ? await uploads.claimBegun(clientId, fits)
        : await uploads.claim(clientId, fits);
      if (claimed !== undefined) return this.#upload = claimed;
    }
    const maxContentSize = encryptedSize(this.#context.limits.fileSize);
    const sequence = new PacketSequence(request, { profile, maxContentSize });
    if (own !== undefined) {
      own.log.warn("The client begins {file} and left {previous} without a verdict", {
        file: request.fileName.text,
        previous: own.first.fileName.text,
      });
      await this.abandon();
    }
    return this.#upload = await beginUpload(sequence, this.#context);
  }

  /** The upload that a verdict is on; undefined where it was confirmed before, and is kept. */
  async #awaitingVerdict(request: VerdictRequest, first: boolean): Promise<Upload | undefined> {
    const fits = (upload: Upload) =>
      upload.awaitsVerdict && sameBytes(upload.first.clientId, request.clientId) &&
      sameBytes(upload.first.fileName.bytes, request.fileName.bytes);
    const { profile, uploads } = this.#context;
    const own = this.#upload;
    if (own !== undefined && fits(own)) return own;
    if (first && own === undefined && profile.accept("connection-per-request")) {
      if (await this.#wasConfirmed(request)) return undefined;
      const claimed = await uploads.claim(request.clientId, fits);
      if (claimed !== undefined) return claimed;
      // While it waited, the connection that sent the file may have confirmed it.
      if (await this.#wasConfirmed(request)) return undefined;
    }
    throw new Refusal(
      "no-upload",
      `No checksum of ${JSON.stringify(request.fileName.text)} awaits a verdict`,
    );
  }

  /** Whether a file was confirmed before: throws then what its commit throws. */
  async #wasConfirmed(request: VerdictRequest): Promise<boolean> {
    const { uploads, counters, logFor } = this.#context;
    const commit = request.kind === "crcValid" ? uploads.confirmed(request) : undefined;
    if (commit === undefined) return false;
    await commit;
    counters.add("confirmations-repeated");
    const facts = { file: request.fileName.text };
    logFor(request.clientId).info("The client confirms {file} again, which is stored", facts);
    return true;
  }

  /** The client goes on over this connection, so it has heard that its last file is kept. */
  #answerHeard(): void {
    if (this.#kept !== undefined) this.#context.uploads.heard(this.#kept);
    this.#kept = undefined;
  }

  async #orGiveUp<T>(upload: Upload, act: () => T | Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      await this.#giveUp(upload.first);
      throw error;
    }
  }

  #isSkipped(
    { clientId, packet = 0 }: { readonly clientId: Uint8Array; readonly packet?: number },
  ): boolean {
    return this.#skipping !== undefined && packet > 1 && sameBytes(this.#skipping, clientId);
  }

  async #giveUp({ clientId }: { readonly clientId: Uint8Array }): Promise<void> {
    this.#skipping = clientId;
    await this.abandon();
  }
}

/** Whether a packet is the next one of an upload. */
function continues({ plain, sequence }: Upload, request: FileRequest): boolean {
  return plain === undefined && sequence.due === request.packet &&
    request.packet > sequence.first.packet && sequence.owns(request);
}
