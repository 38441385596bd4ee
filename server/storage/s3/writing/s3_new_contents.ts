import type { ContentWriter } from "../../contents/content_files.ts";
import { StorageError } from "../../storage_error.ts";
import type { Flights } from "./flights.ts";
import { partSize } from "./part_sizes.ts";
import { objectKey, type S3Objects } from "../requests/s3_objects.ts";
import type { Spool, Spooled } from "./spool.ts";

/** What a server has for sending objects. */
export interface S3Sending {
  readonly objects: S3Objects;
  readonly spool: Spool;
  readonly flights: Flights;
}

/**
 * Contents that are being written: small ones are put when they are sealed, others in parts, of
 * which several are sent at once.
 */
export class S3NewContents implements ContentWriter {
  readonly #key: string;
  readonly #sending: S3Sending;
  #part: Spooled;
  #number = 1;
  #size = 0;
  #id: string | undefined;
  readonly #etags: string[] = [];
  readonly #flying = new Set<Promise<void>>();
  #fault: { readonly error: unknown } | undefined;
  #state: "open" | "sealed" | "closed" = "open";

  constructor(key: string, sending: S3Sending) {
    this.#key = objectKey(key);
    this.#sending = sending;
    this.#part = sending.spool.spooled();
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#expectOpen();
    for (let rest = bytes; rest.length > 0;) {
      const room = partSize(this.#number) - this.#part.size;
      if (room <= 0) throw tooLarge();
      const piece = rest.subarray(0, room);
      await this.#part.write(piece);
      this.#size += piece.length;
      rest = rest.subarray(piece.length);
      if (piece.length === room) await this.#send();
    }
  }

  async seal(): Promise<void> {
    this.#expectOpen();
    const { objects, flights } = this.#sending;
    if (this.#id === undefined) {
      const part = this.#part;
      await flights.run(part.size, async (body) => {
        await part.read(body);
        await objects.put(this.#key, body);
      });
      this.#state = "sealed";
      return await part.remove();
    }
    if (this.#part.size > 0) await this.#send();
    await Promise.all(this.#flying);
    this.#expectOpen();
    const parts = this.#etags.map((etag, index) => ({ number: index + 1, etag }));
    await objects.complete({ key: this.#key, id: this.#id, parts, size: this.#size });
    this.#state = "sealed";
  }

  /** What was sent of contents that are not sealed is given up; what remains is swept. */
  async close(): Promise<void> {
    const wasOpen = this.#state === "open";
    if (wasOpen) this.#state = "closed";
    await Promise.all(this.#flying);
    await this.#part.remove();
    if (!wasOpen || this.#id === undefined) return;
    await this.#sending.objects.abort(this.#key, this.#id).catch(() => {});
  }

  /** Sends the part that is full, once no more than one other waits for its turn. */
  async #send(): Promise<void> {
    const { objects, spool, flights } = this.#sending;
    while (this.#flying.size > 1) await Promise.race(this.#flying);
    this.#expectOpen();
    const id = this.#id ??= await objects.beginUpload(this.#key);
    const [part, number] = [this.#part, this.#number++];
    this.#part = spool.spooled();
    const flying = flights.run(part.size, async (body) => {
      await part.read(body);
      this.#etags[number - 1] = await objects.putPart({ key: this.#key, id, number, body });
    }).catch((error) => void (this.#fault ??= { error }))
      .then(() => part.remove())
      .catch((error) => void (this.#fault ??= { error }))
      .finally(() => this.#flying.delete(flying));
    this.#flying.add(flying);
  }

  #expectOpen(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
    if (this.#state === "open") return;
    throw new StorageError("contents-out-of-turn", `Contents that are ${this.#state} are over`);
  }
}

/** More parts than a store takes. */
export function tooLarge(): StorageError {
  return new StorageError("values-refused", "The file is larger than what the store can take");
}
