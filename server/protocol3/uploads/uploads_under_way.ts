import type { Clock } from "../../../shared/clock.ts";
import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import { sameBytes } from "../../../shared/wire/bytes.ts";
import { EvictionOrder } from "../../listening/eviction/eviction_order.ts";
import { type ClientsFile, LastVerdicts } from "./last_verdicts.ts";
import type { Upload } from "./upload.ts";
import { UploadsByClient } from "./uploads_by_client.ts";

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
  /**
   * Called with each upload whose client did not return in time, or that has to make room. It is
   * discarded when the promise resolves, which must not reject; no connection can claim it any
   * more.
   */
  readonly onExpired: (upload: Upload) => Promise<void> | void;
  /** Times waiting claims and parked uploads. */
  readonly clock: Clock;
}

/**
 * All uploads under way, by client. State belongs to the client, not to the connection: an upload
 * whose connection ended between two requests is parked here, and another connection of the same
 * client may continue it. While a connection owns an upload no other can touch it.
 */
export class UploadsUnderWay {
  readonly #clients = new UploadsByClient();
  readonly #uploads = new Set<Upload>();
  /** Uploads without a connection, and what calls the timer of each off. */
  readonly #parked = new Map<Upload, () => void>();
  /** Which of them has to go when there are too many. */
  readonly #order: EvictionOrder<Upload>;
  readonly #verdicts = new LastVerdicts();
  readonly #onExpired: UploadsUnderWayOptions["onExpired"];
  /** Uploads that expired and are not discarded yet. */
  readonly #expiring = new Set<Promise<void>>();
  readonly #clock: Clock;
  /** The number of waiting claims. */
  #waiting = 0;

  constructor(
    { onExpired, clock }: UploadsUnderWayOptions,
  ) {
    this.#onExpired = onExpired;
    this.#clock = clock;
    this.#order = new EvictionOrder({
      ...{ now: clock.now, minimumStay: CLAIM_WAIT, mostYoung: MOST_PARKED.inAll / 2 },
      // While they wait they move nothing by which one could be told from another.
      within: "newest",
    });
  }

  /** The number of uploads. */
  get size(): number {
    return this.#uploads.size;
  }

  /** Adds a new upload, owned by the caller's connection. */
  add(upload: Upload): void {
    this.#uploads.add(upload);
    this.#clients.begin(upload.request.clientId).all.add(upload);
    this.#verdicts.forget(upload.request);
  }

  /**
   * Records that an upload was confirmed, and its commit, unless another upload of the same client
   * and name exists: the client may then mean either.
   */
  confirm(upload: Upload, commit: Promise<void>): void {
    const { all = [] } = this.#clients.of(upload.request.clientId) ?? {};
    for (const other of all) if (other !== upload && isOfSameFile(other, upload)) return;
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
   * Parks an upload of a connection from an address for the next connection of its client that
   * claims it in time. Drops an older parked upload of the same name, which the client cannot mean
   * any longer. If there are too many, the newest other one goes, of this client or of the address
   * or client with the most.
   */
  park(upload: Upload, { addressKey }: { readonly addressKey: string }): void {
    const { clientId } = upload.request;
    const client = this.#clients.of(clientId);
    if (!client?.all.has(upload) || client.parked.has(upload)) return;
    for (const older of client.parked) {
      if (isOfSameFile(older, upload)) this.drop(older).catch(() => {});
    }
    const clientKey = clientIdText(clientId);
    const tooMany = client.parked.size >= MOST_PARKED.ofClient;
    const last = tooMany ? this.#order.nextOf(clientKey) : this.#order.next();
    if (last !== undefined && (tooMany || this.#parked.size >= MOST_PARKED.inAll)) {
      this.#expire(last);
    }
    this.#order.add(upload, addressKey);
    this.#order.identify(upload, clientKey);
    this.#order.moved(upload, upload.received);
    this.#parked.set(upload, this.#clock.after(PARKING_LIMIT, () => this.#expire(upload)));
    client.parked.add(upload);
    for (const wake of client.waiting) wake();
  }

  /** Removes an upload that ended, and discards its staged contents. */
  async drop(upload: Upload): Promise<void> {
    this.#remove(upload);
    await upload.discard();
  }

  /**
   * Returns the parked upload of this client that `fits`. Waits shortly for an upload that another
   * connection still owns, or is about to begin: connections are not read in the order in which
   * they were opened. Returns undefined if there is none, or the signal is aborted.
   */
  async claim(
    clientId: ClientId,
    fits: (upload: Upload) => boolean,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Upload | undefined> {
    const end = this.#clock.now() + CLAIM_WAIT;
    for (;;) {
      const parked = this.#clients.of(clientId)?.parked;
      const upload = [...parked ?? []].findLast(fits);
      if (upload !== undefined) {
        parked?.delete(upload);
        this.#own(upload);
        return upload;
      }
      const left = end - this.#clock.now();
      if (left <= 0 || signal?.aborted || this.#waiting >= MOST_WAITING) return undefined;
      await this.#change(clientId, { limit: left, signal });
    }
  }

  /** As `claim()`, but waits only for an upload that has begun. */
  async claimBegun(
    clientId: ClientId,
    fits: (upload: Upload) => boolean,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<Upload | undefined> {
    const { all = [] } = this.#clients.of(clientId) ?? {};
    for (const upload of all) if (fits(upload)) return await this.claim(clientId, fits, options);
    return undefined;
  }

  /** The uploads without a connection, the one parked longest first. */
  get parked(): readonly Upload[] {
    return [...this.#parked.keys()];
  }

  /** Drops all uploads, parked or not, and resolves when those that expired are ended too. */
  async clear(): Promise<void> {
    await Promise.all([...this.#uploads].map((upload) => this.drop(upload)));
    await this.expired();
  }

  /** Resolves when all uploads that expired so far are ended and discarded. */
  async expired(): Promise<void> {
    await Promise.all(this.#expiring);
  }

  #expire(upload: Upload): void {
    this.#remove(upload);
    const ending = (async () => {
      await this.#onExpired(upload);
      await upload.discard();
    })().catch(() => {}).finally(() => this.#expiring.delete(ending));
    this.#expiring.add(ending);
  }

  /** Takes an upload out of those without a connection, and calls its timer off. */
  #own(upload: Upload): void {
    this.#parked.get(upload)?.();
    this.#parked.delete(upload);
    this.#order.delete(upload);
  }

  #remove(upload: Upload): void {
    if (!this.#uploads.delete(upload)) return;
    const { clientId } = upload.request;
    const client = this.#clients.begin(clientId);
    client.all.delete(upload);
    client.parked.delete(upload);
    this.#own(upload);
    for (const wake of client.waiting) wake();
    this.#clients.tidy(clientId);
  }

  /**
   * Waits until an upload of a client was parked or removed, at most `limit` milliseconds, or until
   * the signal.
   */
  #change(clientId: ClientId, { limit, signal }: {
    readonly limit: number;
    readonly signal: AbortSignal | undefined;
  }): Promise<void> {
    const { waiting } = this.#clients.begin(clientId);
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = () => {
      callOff();
      signal?.removeEventListener("abort", wake);
      this.#waiting -= 1;
      waiting.delete(wake);
      this.#clients.tidy(clientId);
      resolve();
    };
    const callOff = this.#clock.after(limit, wake);
    signal?.addEventListener("abort", wake);
    this.#waiting += 1;
    waiting.add(wake);
    return promise;
  }
}

/** Whether two uploads of one client have the same name. */
function isOfSameFile(one: Upload, other: Upload): boolean {
  return sameBytes(one.request.fileName.bytes, other.request.fileName.bytes);
}
