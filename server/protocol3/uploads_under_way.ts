import type { Clock } from "../../shared/clock.ts";
import { clientIdText, sameBytes } from "../../shared/wire/client_id.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";
import { type ClientsFile, Confirmations } from "./confirmations.ts";
import type { Upload } from "./upload.ts";

/** How long an upload without a connection is kept for its client to come back, in milliseconds. */
const PARKING_LIMIT = 30_000;

/**
 * Uploads without a connection that are kept at once: each holds memory, an open file, and room.
 */
const MOST_PARKED = { ofClient: 64, inAll: 512 } as const;

/**
 * How long a claim waits for another connection to let go, in milliseconds. A client that opens a
 * connection for each request closes the old one first, but the server may hear of it second.
 */
const CLAIM_WAIT = 2_000;

/**
 * Claims that wait at once: anybody can make one, for any id, and its connection may end before it.
 */
const MOST_WAITING = 1_024;

/** How uploads are kept while no connection owns them. */
export interface UploadsUnderWayOptions {
  /** Called with each upload that is given up because its client did not come back. */
  readonly onExpired: (upload: Upload) => void;
  /** Milliseconds that a claim waits at the most. Default: 2 s. */
  readonly claimWait?: number;
  /** By which claims wait and parked uploads are given up. Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

interface Entry {
  readonly client: string;
  readonly upload: Upload;
  /** Calls off that the upload is given up; undefined while a connection owns the upload. */
  keep: (() => void) | undefined;
}

/**
 * All uploads under way, by client. State belongs to the client, not to the socket: an upload whose
 * connection ended between two requests is parked here, and a connection that names the same client
 * may go on with it. While a connection owns an upload no other can touch it.
 */
export class UploadsUnderWay {
  readonly #entries = new Map<Upload, Entry>();
  /** Those that no connection owns, the one parked longest first. */
  readonly #parked = new Set<Entry>();
  readonly #waiting = new Set<{ readonly client: string; readonly wake: () => void }>();
  readonly #confirmations = new Confirmations();
  readonly #onExpired: (upload: Upload) => void;
  readonly #claimWait: number;
  readonly #clock: Clock;

  constructor(
    { onExpired, claimWait = CLAIM_WAIT, clock = SYSTEM_CLOCK }: UploadsUnderWayOptions,
  ) {
    this.#onExpired = onExpired;
    this.#claimWait = claimWait;
    this.#clock = clock;
  }

  /** How many there are. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a new upload, owned by the caller's connection. */
  add(upload: Upload): void {
    const client = clientIdText(upload.request.clientId);
    this.#entries.set(upload, { client, upload, keep: undefined });
    this.#confirmations.forget(upload.request);
  }

  /**
   * Remembers that an upload was confirmed, and its commit, unless another one of the same client
   * and name is under way: the client may then mean either.
   */
  confirm(upload: Upload, commit: Promise<void>): void {
    const client = clientIdText(upload.request.clientId);
    for (const other of this.#entries.values()) {
      if (other.upload === upload || other.client !== client) continue;
      if (sameBytes(other.upload.request.fileName.bytes, upload.request.fileName.bytes)) return;
    }
    this.#confirmations.add(upload.request, commit);
  }

  /**
   * The commit of a file that was confirmed and not begun anew since; undefined where there is
   * none, or where that was too long ago to be remembered.
   */
  confirmed(file: ClientsFile): Promise<void> | undefined {
    return this.#confirmations.find(file);
  }

  /** Forgets that a file was confirmed: its client has heard the answer. */
  heard(file: ClientsFile): void {
    this.#confirmations.forget(file);
  }

  /**
   * Leaves an upload to the next connection of its client that claims it in time. One of the same
   * name that was left before is given up: its client cannot mean that any more. So is the one that
   * was left first when there are too many, of this client or in all.
   */
  park(upload: Upload): void {
    const entry = this.#entries.get(upload);
    if (entry === undefined || entry.keep !== undefined) return;
    for (const { upload: older } of this.#parkedOf(entry.client)) {
      const same = sameBytes(older.request.fileName.bytes, upload.request.fileName.bytes);
      if (same) this.drop(older).catch(() => {});
    }
    const ofClient = this.#parkedOf(entry.client);
    const tooMany = ofClient.length >= MOST_PARKED.ofClient;
    const [first] = tooMany ? ofClient : this.#parked;
    if (first !== undefined && (tooMany || this.#parked.size >= MOST_PARKED.inAll)) {
      this.#expire(first.upload);
    }
    entry.keep = this.#clock.after(PARKING_LIMIT, () => this.#expire(upload));
    this.#parked.add(entry);
    this.#changed(entry.client);
  }

  /** Forgets an upload that ended, and leaves nothing of it in staging. */
  async drop(upload: Upload): Promise<void> {
    this.#remove(upload);
    await upload.discard();
  }

  /**
   * Hands over the parked upload of this client that `fits`. Waits a moment for one that another
   * connection still owns, or is only about to begin: connections are not heard in the order in
   * which they were made. Undefined when there is none to be had.
   */
  async claim(
    clientId: Uint8Array,
    fits: (upload: Upload) => boolean,
  ): Promise<Upload | undefined> {
    const client = clientIdText(clientId);
    const end = this.#clock.now() + this.#claimWait;
    for (;;) {
      const entry = this.#parkedOf(client).findLast(({ upload }) => fits(upload));
      if (entry !== undefined) {
        this.#parked.delete(entry);
        entry.keep?.();
        entry.keep = undefined;
        return entry.upload;
      }
      const left = end - this.#clock.now();
      if (left <= 0 || this.#waiting.size >= MOST_WAITING) return undefined;
      await this.#change(client, left);
    }
  }

  /** As `claim()`, where there may well be none: waits only for one that has begun. */
  async claimBegun(
    clientId: Uint8Array,
    fits: (upload: Upload) => boolean,
  ): Promise<Upload | undefined> {
    const client = clientIdText(clientId);
    for (const entry of this.#entries.values()) {
      if (entry.client === client && fits(entry.upload)) return await this.claim(clientId, fits);
    }
    return undefined;
  }

  /** Gives up all uploads, parked or not. */
  async clear(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((upload) => this.drop(upload)));
  }

  #parkedOf(client: string): readonly Entry[] {
    return [...this.#parked].filter((entry) => entry.client === client);
  }

  #expire(upload: Upload): void {
    this.#onExpired(upload);
    this.drop(upload).catch(() => {});
  }

  #remove(upload: Upload): void {
    const entry = this.#entries.get(upload);
    if (entry === undefined) return;
    entry.keep?.();
    this.#entries.delete(upload);
    this.#parked.delete(entry);
    this.#changed(entry.client);
  }

  #changed(client: string): void {
    for (const waiting of this.#waiting) if (waiting.client === client) waiting.wake();
  }

  #change(client: string, limit: number): Promise<void> {
    return new Promise((resolve) => {
      const waiting = {
        client,
        wake: () => {
          callOff();
          this.#waiting.delete(waiting);
          resolve();
        },
      };
      const callOff = this.#clock.after(limit, waiting.wake);
      this.#waiting.add(waiting);
    });
  }
}
