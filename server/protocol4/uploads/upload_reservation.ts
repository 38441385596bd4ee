import type { ClientId } from "../../../shared/wire/client_id.ts";
import { type Quota, QuotaError, type Reservation } from "../../files/quota.ts";

/** Bytes that are reserved at a time for an upload whose length is not known. */
const STEP: number = 4 * 1024 ** 2;

/**
 * Space reserved for the rest of an upload, until it is disposed of: for all of it, or step by step
 * if its length is not known.
 */
export class UploadReservation implements Disposable {
  readonly #quota: Quota;
  readonly #of: { readonly clientId: ClientId; readonly clientBytes: number | undefined };
  readonly #reservations: Reservation[] = [];
  /** Bytes that still fit into the newest reservation. */
  #left = 0;

  private constructor(quota: Quota, { clientId, clientBytes }: UploadReservationOptions) {
    this.#quota = quota;
    this.#of = { clientId, clientBytes };
  }

  /** Reserves space. Throws a `QuotaError` if there is none, and the errors of the quota. */
  static async reserve(
    quota: Quota,
    options: UploadReservationOptions,
  ): Promise<UploadReservation> {
    const reserved = new UploadReservation(quota, options);
    await reserved.#reserve(options.size ?? 0);
    return reserved;
  }

  /** Notes that more arrives, before it is written. Throws as `reserve()` does. */
  async arrives(bytes: number): Promise<void> {
    if (bytes > this.#left) await this.#reserveStep(bytes);
    this.#left -= bytes;
    const refusal = await this.#reservations.at(-1)?.arrives(bytes);
    if (refusal !== undefined) throw new QuotaError(refusal, "No room for the rest of the file");
  }

  [Symbol.dispose](): void {
    for (const reservation of this.#reservations.splice(0)) reservation[Symbol.dispose]();
  }

  /** Near the limit, there may be room for the bytes that are here, and not for a step. */
  async #reserveStep(bytes: number): Promise<void> {
    try {
      await this.#reserve(Math.max(STEP, bytes));
    } catch (error) {
      if (!(error instanceof QuotaError)) throw error;
      await this.#reserve(bytes);
    }
  }

  async #reserve(size: number): Promise<void> {
    // It is a file when it is committed.
    const reservation = await this.#quota.reserve({ ...this.#of, size, files: 0 });
    if (typeof reservation === "string") {
      throw new QuotaError(reservation, `No room for ${size} bytes`);
    }
    this.#reservations.push(reservation);
    this.#left = size;
  }
}

export interface UploadReservationOptions {
  readonly clientId: ClientId;
  /** The most bytes that the client may store, if it has a limit of its own. */
  readonly clientBytes: number | undefined;
  /** The bytes that are still to come; undefined if that is not known. */
  readonly size: number | undefined;
}
