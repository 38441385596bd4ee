/** Replies as a client in the field reads them: by sizes that it knows beforehand. */

import { deepStrictEqual, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import type { Revision } from "../../shared/protocol3/revision.ts";
import { joined } from "../kernel/golden_vectors.ts";
import type { Habits } from "./client_habits.ts";
import type { FieldLink } from "./client_links.ts";
import { PADDED_TO } from "./client_requests.ts";

/** How many bytes a client that knows its protocol reads behind a reply's header. */
const PAYLOAD_SIZES = {
  registered: 16,
  keyAccepted: 144,
  reconnectAccepted: 144,
  fileReceived: 279,
} as const;

/** What a client may wait for. `packetReceived` is "file received" with nothing but the id. */
export type Awaited = keyof typeof PAYLOAD_SIZES | "packetReceived" | "acknowledged";

/** Reads replies, and keeps them all. */
export class Replies {
  /** All replies in the order in which they came, with zeros in the place of keys. */
  readonly heard: Uint8Array[] = [];
  readonly #revision: Revision;
  readonly #padded: boolean;

  constructor({ revision, habits }: { readonly revision: Revision; readonly habits: Habits }) {
    this.#revision = revision;
    this.#padded = habits.paddedRequests === true;
  }

  /**
   * The payload of the next reply on a link. Throws an `AssertionError` when it is another one:
   * such a client would take its bytes for what they are not.
   */
  async next(link: FieldLink, kind: Awaited): Promise<Uint8Array> {
    return (await this.nextOf(link, [kind])).payload;
  }

  /** As `next()`, of several that it may be. */
  async nextOf(link: FieldLink, kinds: readonly Awaited[]): Promise<{
    readonly kind: Awaited;
    readonly payload: Uint8Array;
  }> {
    const header = Buffer.from(await link.read(7));
    const kind = kinds.find((kind) => this.#codeOf(kind) === header.readUInt16LE(1)) ?? kinds[0];
    if (kind === undefined) throw new RangeError("Nothing is awaited");
    return { kind, payload: await this.#rest(link, { header, kind }) };
  }

  async #rest(
    link: FieldLink,
    { header, kind }: { readonly header: Buffer; readonly kind: Awaited },
  ): Promise<Uint8Array> {
    const code = this.#codeOf(kind);
    const size = this.#sizeOf(kind);
    const found = {
      version: header[0],
      code: header.readUInt16LE(1),
      size: header.readUInt32LE(3),
    };
    deepStrictEqual(found, { version: 3, code, size });
    const rest = await link.read(this.#padded ? PADDED_TO - 7 : size);
    ok(rest.subarray(size).every((byte) => byte === 0), "padded with something else than zeros");
    const reply = joined([header, rest]);
    const payload = reply.slice(7, 7 + size);
    if (size === PAYLOAD_SIZES.keyAccepted) reply.fill(0, 7 + 16);
    this.heard.push(reply);
    return payload;
  }

  #codeOf(kind: Awaited): number | undefined {
    return this.#revision.replies[kind === "packetReceived" ? "fileReceived" : kind]?.code;
  }

  #sizeOf(kind: Awaited): number {
    if (kind === "acknowledged") return this.#revision.replies.acknowledged.layout.size;
    return kind === "packetReceived" ? 16 : PAYLOAD_SIZES[kind];
  }
}
