import type { Clock } from "../../../shared/clock.ts";
import type { Profile } from "../../../shared/protocol3/parsing/profile.ts";
import type { PacketReply, Reply } from "../../../shared/protocol3/reply.ts";
import type { RevisionName } from "../../../shared/protocol3/revision.ts";
import type { Counters } from "../../observe/counters.ts";
import type { Protocol3Counter } from "../protocol3_counter.ts";
import { PacketAcknowledgements } from "./packet_acknowledgements.ts";
import type { Received, Upload } from "../uploads/upload.ts";

/** A reply of the protocol, or the reply to a packet that some clients expect. */
export type Answer = Reply | PacketReply;

export interface PacketRepliesOptions {
  /** The client's deviations from the protocol. */
  readonly profile: Profile;
  readonly counters: Counters<Protocol3Counter>;
  readonly clock: Clock;
}

/**
 * Milliseconds within which a client that sends several packets over one connection sends the
 * second.
 */
const PACKET_SILENCE = 400;

/**
 * The replies to the packets of files over one connection: most have none, the last one of a file
 * has a checksum, and some clients await more. What a client awaits may be known only once it falls
 * silent.
 */
export class PacketReplies {
  readonly #options: PacketRepliesOptions;
  readonly #acknowledgements: PacketAcknowledgements;
  /** Whether the last packet was the first request of the connection. */
  #fresh = false;

  constructor(options: PacketRepliesOptions) {
    this.#options = options;
    this.#acknowledgements = new PacketAcknowledgements(options.profile);
  }

  /** Records the head of a packet. `fresh`: whether it is the first request of the connection. */
  packet({ fresh, revision }: { readonly fresh: boolean; readonly revision: RevisionName }): void {
    this.#acknowledgements.packet(revision);
    this.#fresh = fresh;
  }

  /**
   * Milliseconds of silence between packets after which `afterSilence()` has to be asked; undefined
   * if the client has to send.
   */
  silenceLimit(upload: Upload): number | undefined {
    if (this.#silenceTells(upload)) return PACKET_SILENCE;
    return this.#acknowledgements.silenceLimit(upload);
  }

  /** Returns the replies to a packet that has ended. */
  toPacket(upload: Upload): readonly Answer[] {
    const reply = this.#silenceTells(upload) ? undefined : this.#reply(upload);
    if (!this.#acknowledgements.each) return reply === undefined ? [] : [reply];
    return [acknowledged(upload), ...(reply === undefined ? [] : [reply])];
  }

  /** Returns the reply after a silence: no second packet follows, or the client awaits a reply. */
  async afterSilence(upload: Upload): Promise<Answer | undefined> {
    if (upload.mayBeWhole) await upload.endWithoutPacket();
    else if (this.#mayAwaitChecksum(upload)) {
      this.#options.profile.note("checksum-per-packet");
      upload.checksumPerPacket = true;
    } else {
      const awaited = this.#acknowledgements.awaited(upload);
      if (awaited === undefined) return undefined;
      this.#acknowledgements.given(upload, awaited);
      const received = awaited === "checksum again" ? upload.ask() : undefined;
      return received ? checksumOf(upload, received) : acknowledged(upload);
    }
    return this.#reply(upload);
  }

  /** Whether only a silence tells how to answer the packets so far. */
  #silenceTells(upload: Upload): boolean {
    return upload.mayBeWhole || this.#mayAwaitChecksum(upload);
  }

  /** Whether the client may use a connection for each packet, and wait for its checksum. */
  #mayAwaitChecksum(upload: Upload): boolean {
    return this.#fresh && upload.mayAwaitChecksum;
  }

  /** Returns the reply to a complete packet, if there is one. */
  #reply(upload: Upload): Answer | undefined {
    const { counters, profile, clock } = this.#options;
    const received = upload.ask();
    const { clientId } = upload.request;
    if (received === undefined) {
      return profile.has("left-padded-names") ? { kind: "packetReceived", clientId } : undefined;
    }
    if (upload.digest !== undefined) {
      counters.add("files-received");
      upload.log.info("Received {file}: {size} bytes, checksum {checksum}", {
        file: upload.request.fileName.text,
        size: received.size,
        checksum: received.checksum,
        event: "files-received",
        milliseconds: Math.round(clock.now() - upload.begun),
      });
    }
    return checksumOf(upload, received);
  }
}

/** Returns the acknowledgement of a packet. */
function acknowledged({ request: { clientId } }: Upload): Answer {
  return { kind: "acknowledged", clientId };
}

/** Returns the reply with a checksum that the client has to confirm. */
function checksumOf(
  { request: { clientId, fileName } }: Upload,
  { checksum, packet: { contentSize } }: Received,
): Answer {
  return { kind: "fileReceived", clientId, contentSize, fileName, checksum };
}
