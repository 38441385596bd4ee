import type { Logger } from "@logtape/logtape";
import { importAesKey } from "../../shared/crypto/cbc.ts";
import { sameBytes } from "../../shared/protocol/client_id.ts";
import { PacketSequence } from "../../shared/protocol/packet_sequence.ts";
import type { Reply } from "../../shared/protocol/reply.ts";
import type { FileRequest, VerdictRequest } from "../../shared/protocol/request.ts";
import { Refusal } from "../refusal.ts";
import { commitVersion } from "../storage/commit.ts";
import { pathNameOf } from "../storage/path_name.ts";
import { safeName } from "../storage/safe_name.ts";
import { Upload } from "../upload/upload.ts";
import type { Services } from "./services.ts";

/** What the files of one connection depend on. */
export interface FileTransferContext extends Services {
  readonly log: Logger;
  /** The AES key in force for a client on this connection; throws a `Refusal` when there is none. */
  readonly keyFor: (clientId: Uint8Array) => Promise<Uint8Array>;
}

/**
 * The files that come over one connection, one at a time: their packets, their contents, and what
 * the client says of their checksums.
 */
export class FileTransfer {
  readonly #context: FileTransferContext;
  #upload: Upload | undefined;
  #receiving = false;
  #skipping: FileRequest | undefined;

  constructor(context: FileTransferContext) {
    this.#context = context;
  }

  /** Whether a file is being received, or waits for its verdict. */
  get underWay(): boolean {
    return this.#upload !== undefined;
  }

  /**
   * Takes in the head of a packet. Its content follows through `content()`, also when this throws: it
   * is dropped then, and so are the packets after it, until a file begins again.
   *
   * `first` tells whether the connection has said nothing else: only then may it go on with a file
   * that another connection of its client began (protocol-3, decision 4).
   */
  async packet(request: FileRequest, { first }: { readonly first: boolean }): Promise<void> {
    const skipping = this.#skipping;
    if (skipping !== undefined && request.packet > 1 && sameFile(skipping, request)) return;
    this.#skipping = undefined;
    try {
      const upload = await this.#uploadFor(request, first);
      upload.sequence.add(request);
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
    try {
      await upload.write(bytes);
    } catch (error) {
      await this.#giveUp(upload.first);
      throw error;
    }
  }

  /** Ends a packet; comes back with the checksum when the file is whole. */
  async packetEnd(): Promise<Reply | undefined> {
    const upload = this.#upload;
    if (!this.#receiving || upload === undefined) return undefined;
    this.#receiving = false;
    if (!upload.sequence.whole) return undefined;
    const { clientId, contentSize, fileName } = upload.first;
    try {
      const { size, checksum } = await upload.finish();
      this.#context.counters.add("files-received");
      this.#context.log.info("Received {file}: {size} bytes, checksum {checksum}", {
        file: fileName.text,
        size,
        checksum,
        milliseconds: Math.round(performance.now() - upload.begun),
      });
      return { kind: "fileReceived", clientId, contentSize, fileName, checksum };
    } catch (error) {
      await this.#giveUp(upload.first);
      throw error;
    }
  }

  /**
   * Acts on what the client says of a checksum: keeps the file, or drops it. For `first` see
   * `packet()`. Throws a `Refusal` (`no-upload`) when no checksum of this file awaits a verdict, and
   * a `StorageError` when the file cannot be kept; the same verdict may then come again.
   */
  async verdict(request: VerdictRequest, { first }: { readonly first: boolean }): Promise<void> {
    const upload = await this.#awaitingVerdict(request, first);
    this.#upload = upload;
    if (request.kind === "crcValid") await this.#commit(upload);
    const { log, counters, uploads } = this.#context;
    this.#upload = undefined;
    await uploads.drop(upload);
    if (request.kind === "crcValid") return;
    counters.add(request.kind === "crcRetry" ? "checksums-retried" : "files-given-up");
    log.warn(
      request.kind === "crcRetry"
        ? "The client found another checksum for {file} and sends it again"
        : "The client found another checksum for {file} and gives up",
      { file: request.fileName.text },
    );
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
    const { uploads, log, counters } = this.#context;
    if (clean && !this.#receiving) return uploads.park(upload);
    counters.add("files-cut-off");
    log.warn("The connection ended before {file} was complete; nothing of it is kept", {
      file: upload.first.fileName.text,
    });
    await uploads.drop(upload);
  }

  async #uploadFor(request: FileRequest, first: boolean): Promise<Upload> {
    const own = this.#upload;
    if (request.packet !== 1 && own !== undefined) return own;
    if (request.packet !== 1 && first) {
      const claimed = await this.#context.uploads.claim(
        request.clientId,
        ({ plain, sequence }) =>
          plain === undefined && sequence.due === request.packet && sequence.owns(request),
      );
      if (claimed !== undefined) return this.#upload = claimed;
    }
    const { uploads, store, keyFor, log } = this.#context;
    const sequence = new PacketSequence(request);
    if (own !== undefined) {
      log.warn("The client begins {file} and left {previous} without a verdict", {
        file: request.fileName.text,
        previous: own.first.fileName.text,
      });
      await this.abandon();
    }
    const key = await importAesKey(await keyFor(request.clientId));
    const upload = new Upload({ sequence, key, staged: await store.stage() });
    uploads.own(upload);
    return this.#upload = upload;
  }

  async #awaitingVerdict(request: VerdictRequest, first: boolean): Promise<Upload> {
    const fits = (upload: Upload) =>
      upload.plain !== undefined && sameBytes(upload.first.clientId, request.clientId) &&
      sameBytes(upload.first.fileName.bytes, request.fileName.bytes);
    const own = this.#upload;
    if (own !== undefined && fits(own)) return own;
    const claimed = first && own === undefined
      ? await this.#context.uploads.claim(request.clientId, fits)
      : undefined;
    if (claimed !== undefined) return claimed;
    throw new Refusal(
      "no-upload",
      `No checksum of ${JSON.stringify(request.fileName.text)} awaits a verdict`,
    );
  }

  async #commit(upload: Upload): Promise<void> {
    const { catalog, store, log, counters } = this.#context;
    const { first: { clientId, fileName: field }, plain, staged } = upload;
    if (plain === undefined) throw new Refusal("no-upload", "The file is not complete");
    const fileName = safeName(field.bytes);
    const version = { clientId, fileName, pathName: pathNameOf(clientId, fileName), ...plain };
    await commitVersion({ catalog, store }, staged, version);
    counters.add("files-stored");
    counters.add("bytes-stored", plain.size);
    log.info("Stored {file}: {size} bytes, verified", { file: fileName, size: plain.size });
  }

  async #giveUp(request: FileRequest): Promise<void> {
    this.#skipping = request;
    await this.abandon();
  }
}

function sameFile(a: FileRequest, b: FileRequest): boolean {
  return sameBytes(a.clientId, b.clientId) && sameBytes(a.fileName.bytes, b.fileName.bytes);
}
