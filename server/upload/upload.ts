import type { PacketSequence } from "../../shared/protocol/packet_sequence.ts";
import type { FileRequest } from "../../shared/protocol/request.ts";
import type { StagedContents } from "../storage/store.ts";
import { ContentWriter, type Plain } from "./content.ts";

/** What an upload needs to begin. */
export interface UploadStart {
  /** Follows its packets; none is counted in yet. */
  readonly sequence: PacketSequence;
  /** The AES key that the file is encrypted with; the upload keeps it whatever keys come later. */
  readonly key: CryptoKey;
  /** Where its contents go. Owned by the upload from here on. */
  readonly staged: StagedContents;
}

/** One file on its way in: from its first packet to the client's verdict on the checksum. */
export class Upload {
  /** Which packets came. */
  readonly sequence: PacketSequence;
  /** Where the contents are. */
  readonly staged: StagedContents;
  /** When it began, in milliseconds as of `performance.now()`. */
  readonly begun: number = performance.now();
  readonly #content: ContentWriter;
  #plain: Plain | undefined;

  constructor({ sequence, key, staged }: UploadStart) {
    this.sequence = sequence;
    this.staged = staged;
    this.#content = new ContentWriter(staged, { key, contentSize: this.first.contentSize });
  }

  /** The head of the first packet. */
  get first(): FileRequest {
    return this.sequence.first;
  }

  /** Size and checksum of the plain file once it is whole: from then on a verdict is awaited. */
  get plain(): Plain | undefined {
    return this.#plain;
  }

  /** Takes in content; see `ContentWriter.write()`. */
  write(piece: Uint8Array): Promise<void> | undefined {
    return this.#content.write(piece);
  }

  /** Ends the receiving of a whole content; resolves with what it came to. */
  async finish(): Promise<Plain> {
    return this.#plain = await this.#content.finish();
  }

  /** Leaves nothing behind. Harmless when repeated, or after the contents took their place. */
  async discard(): Promise<void> {
    await this.#content.idle();
    await this.staged.discard();
  }
}
