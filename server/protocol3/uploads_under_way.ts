import type { Clock } from "../../shared/clock.ts";
import { clientIdText, sameBytes } from "../../shared/wire/client_id.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";
import { type ClientsFile, LastVerdicts } from "./last_verdicts.ts";
import type { Upload } from "./upload.ts";

/** Milliseconds for which an upload without a connection waits for its client to return. */
const PARKING_LIMIT = 30_000;

/** Maximum uploads without a connection: each uses memory, an open file, and reserved space. */
const MOST_PARKED = { ofClient: 64, inAll: 512 } as const;

/**
 * Milliseconds for which a claim waits for another connection to release an upload. A client that
 * opens a connection for each request closes the old one first, but the server may notice that
 * second.
 */
const CLAIM_WAIT = 2_000;

/**
 * Maximum waiting claims: any client can make one, for any id, and its connection may end earlier.
 */
const MOST_WAITING = 1_024;

export interface UploadsUnderWayOptions {
  /** Called with each upload that is dropped because its client did not return. */
  readonly onExpired: (upload: Upload) => void;
  /** Maximum milliseconds that a claim waits. Default: 2 s. */
  readonly claimWait?: number;
  /** The clock for waiting claims and parked uploads. Default: the system's. */
  readonly clock?: Clock | undefined;
}

interface Entry {
  readonly client: string;
  readonly upload: Upload;
  /** Cancels the timer that drops the upload; undefined while a connection owns the upload. */
  keep: (() => void) | undefined;
}

/**
 * All uploads under way, by client. State belongs to the client, not to the connection: an upload
 * whose connection ended between two requests is parked here, and another connection of the same
 * client may continue it. While a connection owns an upload no other can touch it.
 */
export class UploadsUnderWay {
  readonly #entries = new Map<Upload, Entry>();
  /** Uploads without a connection, the one parked longest first. */
  readonly #parked = new Set<Entry>();
  readonly #waiting = new Set<{ readonly client: string; readonly wake: () => void }>();
  readonly #verdicts = new LastVerdicts();
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

  /** The number of uploads. */
  get size(): number {
    return this.#entries.size;
  }

  /** Adds a new upload, owned by the caller's connection. */
  add(upload: Upload): void {
    const client = clientIdText(upload.request.clientId);
    this.#entries.set(upload, { client, upload, keep: undefined });
    this.#verdicts.forget(upload.request);
  }

  /**
   * Records that an upload was confirmed, and its commit, unless another upload of the same client
   * and name exists: the client may then mean either.
   */
  confirm(upload: Upload, commit: Promise<void>): void {
    const client = clientIdText(upload.request.clientId);
    for (const other of this.#entries.values()) {
      if (other.upload === upload || other.client !== client) continue;
      if (sameBytes(other.upload.request.fileName.bytes, upload.request.fileName.bytes)) return;
    }
    this.#verdicts.confirm(upload.request, commit);
  }

  /**
   * Returns the commit of a file that was confirmed and not sent again since; undefined if there is
   * none, or its entry was removed.
   */
  confirmed(file: ClientsFile): Promise<void> | undefined {
    return this.#verdicts.commitOf(file);
  }

  /** Removes the confirmation of a file: its client has received the reply. */
  heard(file: ClientsFile): void {
    this.#verdicts.forget(file);
  }

  /** Drops an upload whose client has announced that it sends the file again. */
  async dropForResending(upload: Upload): Promise<void> {
    const { request, tryFirstHalf } = upload;
    this.#verdicts.resend(request, { tryFirstHalf });
    await this.drop(upload);
  }

  /** Whether a file was announced again and has to be tried with the first half of its key. */
  triesFirstHalf(file: ClientsFile): boolean {
    return this.#verdicts.resending(file)?.tryFirstHalf === true;
  }

  /**
   * Returns whether a client has announced a file again and not begun to send it. Such an
   * announcement can be given up once.
   */
  giveUpResending(file: ClientsFile): boolean {
    return this.#verdicts.giveUp(file);
  }

  /**
   * Parks an upload for the next connection of its client that claims it in time. Drops an older
   * parked upload of the same name, which the client cannot mean any longer, and the oldest one if
   * there are too many, of this client or in all.
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

  /** Removes an upload that ended, and discards its staged contents. */
  async drop(upload: Upload): Promise<void> {
    this.#remove(upload);
    await upload.discard();
  }

  /**
   * Returns the parked upload of this client that `fits`. Waits shortly for an upload that another
   * connection still owns, or is about to begin: connections are not read in the order in which
   * they were opened. Returns undefined if there is none.
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

  /** As `claim()`, but waits only for an upload that has begun. */
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

  /** Drops all uploads, parked or not. */
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
