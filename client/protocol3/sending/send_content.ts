import { encryptedSize } from "../../../shared/protocol3/crypto/cbc.ts";
import { releaseMemory } from "../../../shared/release_memory.ts";
import { ConnectionLost, ServerFault } from "../connection/errors.ts";
import { EncryptedContent } from "./encrypted_content.ts";
import { checkUnchanged, openFile } from "../../files/local_file.ts";
import type { LocalFile } from "../../uplink.ts";
import { planPackets, planSealedPackets } from "./packet_plan.ts";
import { PacketWriter, type SendContentOptions } from "./packet_writer.ts";

/** What was sent. */
export interface SentContent {
  /** POSIX `cksum` of the whole plain file. */
  readonly checksum: number;
  /** POSIX `cksum` of what the server's next checksum covers: the same, or the last packet. */
  readonly expected: number;
  /** The number of packets. */
  readonly packets: number;
}

/**
 * Sends one file request with all its packets.
 *
 * Throws a `ServerFault` when the server answers with an error before the end. The link can then be
 * used again unless it has `ended`, which is so when the current packet was too long to complete.
 * Throws `ConnectionLost`, and a `ClientError` when the file cannot be read or has changed; the
 * link is closed then, because the server waits for the rest.
 */
export async function sendContent(
  file: LocalFile,
  options: SendContentOptions,
): Promise<SentContent> {
  const { link, key, quirks, revision, packetSize } = options;
  const whole = quirks.has("size-without-content");
  const apart = quirks.has("per-packet-cbc") && revision.packets && !whole;
  const terms = { revision, wanted: packetSize, whole };
  const plan = apart
    ? planSealedPackets(file.size, terms)
    : planPackets(encryptedSize(file.size), terms);
  const writer = new PacketWriter(file, plan, options);
  try {
    using opened = openFile(file.path);
    const content = new EncryptedContent(file, { opened, key, messageSize: plan.messageSize });
    let last: number | undefined;
    for await (const piece of content.pieces()) {
      last = piece.checksum;
      const wanted = await writer.write(piece);
      releaseMemory(piece.bytes);
      if (!wanted) break;
    }
    await writer.finish();
    checkUnchanged(file, opened);
    const { checksum } = content;
    const expected = quirks.has("per-packet-crc") && plan.packets > 1 ? last : undefined;
    return { checksum, expected: expected ?? checksum, packets: plan.packets };
  } catch (error) {
    const trouble = error instanceof ConnectionLost ? writer.trouble : undefined;
    if (!(error instanceof ServerFault)) await link.close();
    throw trouble ?? error;
  }
}
