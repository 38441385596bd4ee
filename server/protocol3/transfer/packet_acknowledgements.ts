import type { Profile } from "../../../shared/protocol3/parsing/profile.ts";
import type { RevisionName } from "../../../shared/protocol3/revision.ts";
import type { Upload } from "../uploads/upload.ts";

/**
 * Milliseconds after which a client that has sent a packet is assumed to wait for a reply to it.
 */
const PACKET_SILENCE = 400;

/** Milliseconds after which a client is assumed to have taken the checksum for another reply. */
const VERDICT_SILENCE = 1_000;

/** The only revision whose clients do so. */
const REVISION: RevisionName = "2024c";

/** What a client may wait for. */
export type Awaited = "acknowledgement" | "checksum again";

/**
 * Tells whether a client waits for an acknowledgement of each packet, the last one included, before
 * it reads the checksum. Nothing that it sends says so, but such clients of 2024c also swap packet
 * and total, and announce payloads that are too large: only then may a silence mean it.
 */
export class PacketAcknowledgements {
  readonly #profile: Profile;
  #possible = false;
  #each = false;
  /** The upload whose checksum was sent twice. */
  #repeated: Upload | undefined;

  constructor(profile: Profile) {
    this.#profile = profile;
  }

  /** Whether each packet is to be acknowledged at once, the last one before the checksum. */
  get each(): boolean {
    return this.#each;
  }

  /** Records the revision of a packet, once its deviations are noted. */
  packet(revision: RevisionName): void {
    // Names padded on the left have a reply to each packet already.
    this.#possible = revision === REVISION && !this.#profile.has("left-padded-names") &&
      (this.#profile.has("swapped-packet-fields") || this.#profile.has("oversized-payload"));
  }

  /** Returns what a client that falls silent after a packet or the checksum waits for, if known. */
  awaited(upload: Upload): Awaited | undefined {
    if (!this.#possible || this.#each) return undefined;
    if (upload.digest === undefined) return "acknowledgement";
    return upload.ofOnePacket && this.#repeated !== upload ? "checksum again" : undefined;
  }

  /** The milliseconds of silence until then. */
  silenceLimit(upload: Upload): number | undefined {
    const awaited = this.awaited(upload);
    if (awaited === undefined) return undefined;
    return awaited === "acknowledgement" ? PACKET_SILENCE : VERDICT_SILENCE;
  }

  /** Records that what was awaited is sent. */
  given(upload: Upload, awaited: Awaited): void {
    this.#profile.note("acknowledgement-per-packet");
    // The client may only be slow with its verdict on one packet: that is no sign for others.
    if (awaited === "checksum again") this.#repeated = upload;
    else this.#each = true;
  }
}
