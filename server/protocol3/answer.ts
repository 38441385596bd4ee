import type { PacketReply, Reply } from "../../shared/protocol3/reply.ts";
import type { Received, Upload } from "./upload.ts";

/** A reply of the protocol, or the reply to a packet that some clients expect. */
export type Answer = Reply | PacketReply;

/** The result of handling a silence. */
export interface AfterSilence {
  readonly reply?: Answer | undefined;
  /** Whether the content being received has ended, with less than announced. */
  readonly contentEnded: boolean;
}

/** Returns the acknowledgement of a packet. */
export function acknowledged({ request: { clientId } }: Upload): Answer {
  return { kind: "acknowledged", clientId };
}

/** Returns the reply with a checksum that the client has to confirm. */
export function checksumOf(
  { request: { clientId, fileName } }: Upload,
  { checksum, packet: { contentSize } }: Received,
): Answer {
  return { kind: "fileReceived", clientId, contentSize, fileName, checksum };
}
