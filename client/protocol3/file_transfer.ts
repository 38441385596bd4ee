import type { VerdictKind } from "../../shared/protocol3/message.ts";
import type { ChecksumReply } from "../../shared/protocol3/reply.ts";
import { encodeRequest } from "../../shared/protocol3/request.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import type { Clock } from "../../shared/clock.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import type { LocalFile, Reporter } from "../uplink.ts";
import type { HandshakeResult } from "./aes_key.ts";
import { ConnectionLost, ServerFault } from "./connection/errors.ts";
import { ask, nameField, replyIn, untilAnswered } from "./connection/request_reply.ts";
import type { Quirks } from "../settings/send_settings.ts";
import type { ServerLink } from "./connection/server_link.ts";
import { encryptedSize } from "../../shared/protocol3/crypto/cbc.ts";
import { releaseMemory } from "../../shared/runtime.ts";
import { type ConcurrentContents, EncryptedContent } from "./sending/encrypted_content.ts";
import { checkUnchanged, openFile } from "../files/local_file.ts";
import { planPackets, planSealedPackets } from "./sending/packet_plan.ts";
import { PacketWriter, type SendContentOptions } from "./sending/packet_writer.ts";

export interface FileTransferOptions {
  /** Bytes of content in a packet, if the user has set it. */
  readonly packetSize: number | undefined;
  /** Milliseconds to wait between two packets. */
  readonly packetDelay: number;
  /** Limit of each wait, in milliseconds. */
  readonly timeout: number;
  /** How often a verdict is sent again after an error. */
  readonly retries: number;
  readonly quirks: Quirks;
  /** Those of this client that are sent at the same time. */
  readonly contents: ConcurrentContents;
  readonly reporter: Reporter;
  readonly clock: Clock;
}

/** A link after the handshake. */
export interface KnownLink extends HandshakeResult {
  readonly link: ServerLink;
  readonly revision: Revision;
}

/**
 * How many timeouts a server may take to send a checksum, as long as other replies come in between:
 * some servers answer each packet when they have processed it.
 */
const CHECKSUM_TIMEOUTS = 10;

/** Milliseconds that a server may need to store a file, even if the timeout is shorter. */
const LONG_COMMIT = 30_000;

/** One attempt to send a file over a link: its packets, the server's checksum, and the verdict. */
export class FileTransfer {
  readonly #file: LocalFile;
  readonly #known: KnownLink;
  readonly #options: FileTransferOptions;

  constructor(file: LocalFile, known: KnownLink, options: FileTransferOptions) {
    this.#file = file;
    this.#known = known;
    this.#options = options;
  }

  /**
   * Milliseconds to wait for the acknowledgement of a confirmation: the server stores the file
   * first.
   */
  get confirmationTime(): number {
    const { timeout } = this.#options;
    return Math.max(timeout, Math.min(CHECKSUM_TIMEOUTS * timeout, LONG_COMMIT));
  }

  /**
   * Sends the content; returns its checksum, and whether the server's is the same. Throws as
   * `sendContent()`.
   */
  async send(
    onProgress: (sent: number) => void,
  ): Promise<{ readonly checksum: number; readonly same: boolean }> {
    const onPacket = (checksum: number) => this.#confirmPacket(checksum);
    const options = { ...this.#options, ...this.#known, onProgress, onPacket };
    const { checksum, expected, packets } = await sendContent(this.#file, options);
    const reply = await this.#checksumReply(packets);
    this.#options.reporter.detail(
      `Checksum of ${
        quotedPath(this.#file.name)
      }: ${expected} here, ${reply.checksum} on the server`,
    );
    return { checksum, same: expected === reply.checksum };
  }

  /** Sends the verdict, and waits for the acknowledgement. */
  async conclude(kind: VerdictKind): Promise<void> {
    const doing = `end the transfer of ${quotedPath(this.#file.name)}`;
    const { link, clientId } = this.#known;
    const expected = kind === "crcValid"
      ? { clientId, limit: this.confirmationTime }
      : { clientId };
    await untilAnswered({ doing, ...this.#options }, async () => {
      const { reply } = await ask(link, this.verdict(kind), expected);
      if (reply.kind !== "acknowledged") throw outOfTurn(kind, reply.kind);
    });
  }

  /** The request with the verdict. */
  verdict(kind: VerdictKind): Uint8Array {
    const { revision, clientId } = this.#known;
    const fileName = nameField(this.#file.name, this.#options.quirks);
    return encodeRequest(revision, { kind, clientId, fileName });
  }

  /** Waits for the checksum of a packet, and confirms it. */
  async #confirmPacket(checksum: number): Promise<void> {
    const reply = await this.#checksumReply(1);
    if (reply.checksum !== checksum) {
      throw new ServerFault("The server found another checksum for a packet");
    }
    await this.conclude("crcValid");
  }

  /**
   * The reply with the checksum after this number of packets. Some servers first answer each
   * packet, and some a `crcRetry`.
   */
  async #checksumReply(packets: number): Promise<ChecksumReply> {
    const { link, clientId } = this.#known;
    const { timeout, clock } = this.#options;
    const left = { acknowledged: packets + 1, packetReceived: packets };
    const end = clock.now() + CHECKSUM_TIMEOUTS * timeout;
    for (;;) {
      const limit = Math.min(timeout, end - clock.now());
      if (limit <= 0) throw new ConnectionLost("The server said other things, and no checksum");
      const event = await link.next(limit);
      if (event.type === "packetReceived" && left.packetReceived-- > 0) continue;
      const { reply } = replyIn(event, { clientId });
      if (reply.kind === "fileReceived") return reply;
      if (reply.kind !== "acknowledged" || left.acknowledged-- <= 0) {
        throw outOfTurn("file", reply.kind);
      }
    }
  }
}

function outOfTurn(request: string, reply: string): ServerFault {
  return new ServerFault(`The server answered "${request}" with "${reply}"`);
}

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
  const { link, key, quirks, revision, packetSize, contents } = options;
  const whole = quirks.has("size-without-content");
  const apart = quirks.has("per-packet-cbc") && revision.packets && !whole;
  const terms = { revision, wanted: packetSize, whole };
  const plan = apart
    ? planSealedPackets(file.size, terms)
    : planPackets(encryptedSize(file.size), terms);
  const writer = new PacketWriter(file, plan, options);
  try {
    using opened = openFile(file.path);
    const { messageSize } = plan;
    const content = new EncryptedContent(file, { opened, contents, key, messageSize });
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
