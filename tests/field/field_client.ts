/** A scripted client of protocol 3 with the habits of one in the field. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { Cksum } from "../../shared/cksum/cksum.ts";
import { importPrivateKey } from "../../shared/protocol3/crypto/key_transport.ts";
import type { RequestKind, VerdictKind } from "../../shared/protocol3/message.ts";
import type { Revision } from "../../shared/protocol3/revision.ts";
import { GOLDEN, hex, joined } from "../kernel/golden_vectors.ts";
import type { Habits } from "./client_habits.ts";
import type { FieldLink } from "./client_links.ts";
import { Replies } from "./client_replies.ts";
import {
  nameField,
  type Packet,
  packetsOf,
  request,
  type Speaker,
  verdictPayload,
} from "./client_requests.ts";
import { type ClientId, clientIdOf, NO_CLIENT_ID } from "../../shared/wire/client_id.ts";

/** What a client is made of. */
export interface FieldClientOptions {
  readonly habits: Habits;
  readonly revision: Revision;
  readonly name: string;
  /** Bytes of content in its full packets. Default: `PACKET`. */
  readonly packetSize?: number;
  /** Opens a connection for a request of this kind, and for those that follow it there. */
  readonly dial: (kind: RequestKind) => Promise<FieldLink>;
  /** The client's id, when it is on record already. */
  readonly clientId?: ClientId;
  /** Whether it registers over a connection of its own, because another listener serves it then. */
  readonly registersElsewhere?: boolean;
}

/** A file to be sent. */
export interface FieldFile {
  readonly name: string;
  readonly plain: Uint8Array;
  /**
   * How often it is sent with a wrong byte first; after 4 times the client gives up. Default: 0.
   */
  readonly spoiled?: number;
  /** How often it is resent although the checksum is right. Default: 0. */
  readonly doubted?: number;
}

/** How often a file is sent before its client gives up. */
const ATTEMPTS = 4;

const privateKey = importPrivateKey(hex(GOLDEN.rsa.pkcs8Hex));

/**
 * Speaks to the server as its habits say, and reads replies as such a client does: by sizes that it
 * knows beforehand. Throws an `AssertionError` at any reply that this client would not understand.
 */
export class FieldClient implements Disposable {
  readonly #options: FieldClientOptions;
  readonly #links: FieldLink[] = [];
  readonly #replies: Replies;
  #clientId: ClientId;
  #aesKey: Uint8Array = new Uint8Array(0);
  #link: FieldLink | undefined;

  constructor(options: FieldClientOptions) {
    this.#options = options;
    this.#replies = new Replies(options);
    this.#clientId = options.clientId ?? NO_CLIENT_ID;
  }

  /** The client's id once it is registered. */
  get clientId(): ClientId {
    return this.#clientId;
  }

  /** All replies in the order in which they came, with zeros in the place of keys. */
  get replies(): readonly Uint8Array[] {
    return this.#replies.heard;
  }

  /** The AES key that the server handed out last. */
  get aesKey(): Uint8Array {
    return this.#aesKey;
  }

  /** Asks for an id. */
  async register(): Promise<void> {
    const link = await this.linkFor("register");
    await this.write(link, [request("register", { speaker: this.#speaker, payload: this.#name })]);
    const clientId = clientIdOf(await this.#replies.next(link, "registered"));
    this.#clientId = this.#options.habits.idAsText ? clientIdOf(readFromText(clientId)) : clientId;
    if (this.#options.registersElsewhere) await this.leave();
  }

  /** Sends the public key. */
  async bringKey(): Promise<void> {
    const link = await this.linkFor("publicKey");
    const payload = joined([this.#name, hex(GOLDEN.rsa.spkiHex)]);
    const zeros = new Uint8Array(this.#options.habits.zerosAfterKey ?? 0);
    await this.write(link, [request("publicKey", { speaker: this.#speaker, payload }), zeros]);
    await this.#takeKey(link, "keyAccepted");
  }

  /** Reconnects with its id, over a new connection. */
  async reconnect(): Promise<void> {
    await this.leave();
    const link = await this.linkFor("reconnect");
    await this.write(link, [request("reconnect", { speaker: this.#speaker, payload: this.#name })]);
    await this.#takeKey(link, "reconnectAccepted");
  }

  /** Continues on a new connection: by a reconnect, where the revision has one. */
  async comeBack(): Promise<void> {
    if (this.#options.revision.requests.reconnect !== undefined) return await this.reconnect();
    await this.leave();
    await this.bringKey();
  }

  /**
   * Sends a file until its checksum is right, and confirms it; or gives up. Returns all checksums.
   */
  async send({ name, plain, spoiled = 0, doubted = 0 }: FieldFile): Promise<readonly number[]> {
    const checksums: number[] = [];
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const sending = { name, plain, aesKey: this.#aesKey, spoiled: attempt <= spoiled };
      const packets = packetsOf(sending, this.#speaker);
      const retry = attempt > 1 ? await this.#retry(name) : undefined;
      if (this.#options.habits.givesUpUnsent && attempt === ATTEMPTS && spoiled >= ATTEMPTS) {
        if (retry !== undefined) await this.write(await this.linkFor("crcRetry"), [retry]);
        break;
      }
      const checksum = await this.#sendPackets(packets, { name, retry });
      checksums.push(checksum);
      if (this.#options.habits.givesNoVerdict) return checksums;
      if (checksum === this.#expected(packets, plain) && attempt > doubted) {
        await this.#answer("crcValid", name);
        return checksums;
      }
    }
    await this.#answer("crcAbort", name);
    return checksums;
  }

  /** Closes the connection; the server must have nothing more to say. */
  async leave(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    if (link !== undefined) strictEqual((await link.end()).byteLength, 0, "unexpected bytes");
  }

  [Symbol.dispose](): void {
    for (const link of this.#links) link.drop();
  }

  /** The connection on which a request of this kind goes out. */
  async linkFor(kind: RequestKind): Promise<FieldLink> {
    const { connectionFor } = this.#options.habits;
    const fresh = connectionFor === "each request" ||
      connectionFor === "each packet" && kind === "file" ||
      connectionFor === "the last verdict" && (kind === "crcValid" || kind === "crcAbort");
    if (fresh) await this.leave();
    if (this.#link === undefined) this.#links.push(this.#link = await this.#options.dial(kind));
    return this.#link;
  }

  /** Sends requests in as many writes as the client makes of them. */
  async write(link: FieldLink, requests: readonly Uint8Array[]): Promise<void> {
    const all = joined(requests);
    if (this.#options.habits.writes !== "a few bytes") return await link.write(all);
    // Sizes from 1 to 13, larger in large requests: a padded one has 65,535 bytes.
    const most = 13 + Math.floor(all.byteLength / 50);
    for (let at = 0, size = 1; at < all.byteLength; at += size, size = size * 7 % most + 1) {
      await link.write(all.subarray(at, at + size));
    }
  }

  get #speaker(): Speaker {
    return { ...this.#options, clientId: this.#clientId };
  }

  get #name(): Uint8Array {
    return nameField(this.#options.name, this.#options.habits);
  }

  /** Sends the packets; returns the checksum that the server answers in the end. */
  async #sendPackets(
    packets: readonly Packet[],
    { name, retry }: { readonly name: string; readonly retry: Uint8Array | undefined },
  ): Promise<number> {
    const { habits } = this.#options;
    let waiting: readonly Uint8Array[] = retry === undefined ? [] : [retry];
    for (const [index, { bytes, contentSize, plain }] of packets.entries()) {
      const link = await this.linkFor("file");
      const last = index === packets.length - 1;
      waiting = [...waiting, bytes];
      if (habits.writes === "several requests" && !last && !this.#awaitsEach) continue;
      await this.write(link, waiting);
      waiting = [];
      const { acknowledgedEach } = habits;
      if (acknowledgedEach && packets.length === 1) await this.#acknowledgedOrAnswered(link);
      else if (acknowledgedEach) await this.#acknowledged(link);
      if (last) return await this.#checksum(link, { name, contentSize });
      if (habits.checksumPerPacket) {
        strictEqual(await this.#checksum(link, { name, contentSize }), cksum(plain));
        await this.#answer("crcValid", name);
      } else if (habits.namesPaddedLeft) {
        deepStrictEqual(await this.#replies.next(link, "packetReceived"), this.#clientId);
      }
    }
    throw new RangeError("A file has at least one packet");
  }

  /** Whether the client awaits something after each packet. */
  get #awaitsEach(): boolean {
    const { habits } = this.#options;
    return habits.checksumPerPacket === true || habits.acknowledgedEach === true ||
      habits.namesPaddedLeft === true ||
      habits.connectionFor === "each packet" || habits.connectionFor === "each request";
  }

  #expected(packets: readonly Packet[], plain: Uint8Array): number {
    const { checksumPerPacket } = this.#options.habits;
    return cksum(checksumPerPacket ? packets.at(-1)?.plain ?? plain : plain);
  }

  /**
   * Says that the checksum was wrong, and waits for an acknowledgement if it always does. Otherwise
   * the request may have to leave together with the file: no pause between them can be mistaken
   * then.
   */
  async #retry(name: string): Promise<Uint8Array | undefined> {
    const { connectionFor, waitsForAcknowledgement } = this.#options.habits;
    const payload = verdictPayload(name, this.#speaker);
    const bytes = request("crcRetry", { speaker: this.#speaker, payload });
    const alone = connectionFor === "each request" || connectionFor === "each packet";
    if (!alone && !waitsForAcknowledgement) return bytes;
    const link = await this.linkFor("crcRetry");
    await this.write(link, [bytes]);
    if (waitsForAcknowledgement) await this.#acknowledged(link);
    return undefined;
  }

  async #answer(kind: Exclude<VerdictKind, "crcRetry">, name: string): Promise<void> {
    const link = await this.linkFor(kind);
    const payload = verdictPayload(name, this.#speaker);
    await this.write(link, [request(kind, { speaker: this.#speaker, payload })]);
    await this.#acknowledged(link);
  }

  async #acknowledgedOrAnswered(link: FieldLink): Promise<void> {
    await this.#replies.nextOf(link, ["acknowledged", "fileReceived"]);
  }

  async #acknowledged(link: FieldLink): Promise<void> {
    const payload = await this.#replies.next(link, "acknowledged");
    if (payload.byteLength > 0) deepStrictEqual(payload, this.#clientId);
  }

  async #checksum(
    link: FieldLink,
    { name, contentSize }: { readonly name: string; readonly contentSize: number },
  ): Promise<number> {
    const payload = Buffer.from(await this.#replies.next(link, "fileReceived"));
    const size = Buffer.alloc(4);
    size.writeUInt32LE(contentSize);
    const expected = [this.#clientId, size, nameField(name, this.#options.habits)];
    deepStrictEqual(payload.subarray(0, 275), Buffer.concat(expected));
    return payload.readUInt32LE(275);
  }

  async #takeKey(link: FieldLink, kind: "keyAccepted" | "reconnectAccepted"): Promise<void> {
    const payload = await this.#replies.next(link, kind);
    deepStrictEqual(payload.subarray(0, 16), this.#clientId);
    this.#aesKey = await (await privateKey).openAesKey(payload.subarray(16));
    strictEqual(this.#aesKey.byteLength, this.#options.revision.aesKeySize);
  }
}

/** An id as it is after a client has written it as text and read it again. */
function readFromText(id: Uint8Array): Uint8Array {
  const end = id.indexOf(0);
  const text = Array.from(end < 0 ? id : id.subarray(0, end), (byte) => byte.toString(16)).join("");
  return Uint8Array.from(Buffer.from(text.padEnd(32, "0"), "hex"));
}

/** The checksum of a plain file. */
export function cksum(plain: Uint8Array): number {
  const sum = new Cksum();
  sum.update(plain);
  return sum.digest();
}
