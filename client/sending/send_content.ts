import { encryptedSize } from "../../shared/crypto/cbc.ts";
import type { ReplyEvent } from "../../shared/protocol/reply_parser.ts";
import { encodeFileHead } from "../../shared/protocol/request.ts";
import type { Revision } from "../../shared/protocol/revision.ts";
import { TextField } from "../../shared/protocol/text_field.ts";
import { ServerFault } from "../session/faults.ts";
import type { ServerConnection } from "../session/server_connection.ts";
import { EncryptedContent } from "./encrypted_content.ts";
import { checkUnchanged, type LocalFile } from "./local_file.ts";
import { planPackets } from "./packet_plan.ts";

/** Bytes that leave in one write at the most; a request that is smaller leaves as a whole. */
const WRITE_SIZE = 256 * 1024;

/** After an error reply a packet is still completed when no more than this is missing from it. */
const WORTH_COMPLETING = 1024 * 1024;

/** What is needed to send a file. */
export interface SendContentOptions {
  readonly connection: ServerConnection;
  readonly revision: Revision;
  readonly clientId: Uint8Array;
  /** The AES key in force. */
  readonly key: CryptoKey;
  /** Bytes of content in a packet, if the user wants a certain number. */
  readonly packetSize: number | undefined;
  /** Told how many bytes of the file were sent. */
  readonly onProgress: (sent: number) => void;
}

/**
 * Sends one file request with all its packets; returns the POSIX `cksum` of what was sent.
 *
 * Throws a `ServerFault` when the server answers with an error before the end. The connection can then
 * be used again unless it has `ended`, which is the case when the packet under way was too long to
 * complete. Throws `ConnectionLost`, and a `ClientError` when the file cannot be read or changed;
 * the connection is closed then, because the server waits for the rest.
 */
export async function sendContent(
  file: LocalFile,
  { connection, revision, clientId, key, packetSize: wanted, onProgress }: SendContentOptions,
): Promise<number> {
  const contentSize = encryptedSize(file.size);
  const { packetSize, packets } = planPackets(contentSize, { revision, wanted });
  const head = {
    kind: "file",
    clientId,
    contentSize,
    originalSize: file.size,
    packets,
    fileName: TextField.of(file.name),
  } as const;

  const out = new Outgoing(connection);
  let packet = 0;
  let missing = 0;
  let sent = 0;
  let trouble: ServerFault | undefined;
  try {
    using opened = await Deno.open(file.path);
    const content = new EncryptedContent(file, { opened, key });
    for await (const piece of content.pieces()) {
      for (let rest = piece; rest.byteLength > 0;) {
        if (missing === 0) {
          if (trouble !== undefined) break;
          missing = Math.min(packetSize, contentSize - sent);
          packet += 1;
          await out.add(encodeFileHead(revision, { ...head, packet, packetSize: missing }));
        }
        const part = rest.subarray(0, missing);
        await out.add(part);
        missing -= part.byteLength;
        sent += part.byteLength;
        rest = rest.subarray(part.byteLength);
      }
      onProgress(Math.min(sent, file.size));
      trouble ??= troubleIn(connection.peek());
      if (trouble !== undefined && (missing === 0 || missing > WORTH_COMPLETING)) break;
    }
    if (trouble !== undefined) {
      if (missing > 0) await connection.close();
      else await out.flush();
      connection.forget();
      throw trouble;
    }
    await out.flush();
    await checkUnchanged(file, opened);
    return content.checksum;
  } catch (error) {
    if (!(error instanceof ServerFault)) await connection.close();
    throw error;
  }
}

/** Gathers bytes, so that they leave in writes that are neither tiny nor huge. */
class Outgoing {
  readonly #connection: ServerConnection;
  readonly #buffer = new Uint8Array(WRITE_SIZE);
  #size = 0;

  constructor(connection: ServerConnection) {
    this.#connection = connection;
  }

  async add(bytes: Uint8Array): Promise<void> {
    for (let rest = bytes; rest.byteLength > 0;) {
      const part = rest.subarray(0, this.#buffer.byteLength - this.#size);
      this.#buffer.set(part, this.#size);
      this.#size += part.byteLength;
      rest = rest.subarray(part.byteLength);
      if (this.#size === this.#buffer.byteLength) await this.flush();
    }
  }

  async flush(): Promise<void> {
    const bytes = this.#buffer.subarray(0, this.#size);
    this.#size = 0;
    await this.#connection.send(bytes);
  }
}

function troubleIn(event: ReplyEvent | undefined): ServerFault | undefined {
  if (event === undefined) return undefined;
  if (event.type === "refused") return new ServerFault(event.error.message);
  const { kind } = event.reply;
  if (kind !== "serverError" && kind !== "registrationRefused") return undefined;
  return new ServerFault("The server refused the file while it was being sent");
}
