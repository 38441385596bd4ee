import { clientIdText } from "../../shared/protocol/client_id.ts";
import type { Upload } from "./upload.ts";

/** How long an upload without a connection is kept for its client to come back, in milliseconds. */
const PARKING_LIMIT = 30_000;

/**
 * How long a claim waits for another connection to let go, in milliseconds. A client that opens a
 * connection for each request closes the old one first, but the server may hear of it second.
 */
const PATIENCE = 1_000;

interface Entry {
  readonly upload: Upload;
  /** Runs out when nobody comes back; undefined while a connection owns the upload. */
  expiry: ReturnType<typeof setTimeout> | undefined;
}

/**
 * All uploads under way, by client. State belongs to the client, not to the socket: an upload whose
 * connection ended between two requests is parked here, and a connection that names the same client
 * may go on with it. While a connection owns an upload nobody else can touch it.
 */
export class UploadsUnderWay {
  readonly #clients = new Map<string, Set<Entry>>();
  readonly #waiting = new Set<() => void>();
  readonly #onExpired: (upload: Upload) => void;

  /** `onExpired` is told of each upload that is given up because its client did not come back. */
  constructor({ onExpired }: { readonly onExpired: (upload: Upload) => void }) {
    this.#onExpired = onExpired;
  }

  /** How many there are. */
  get size(): number {
    let size = 0;
    for (const entries of this.#clients.values()) size += entries.size;
    return size;
  }

  /** Takes note of a new upload, owned by the caller's connection. */
  own(upload: Upload): void {
    const client = clientIdText(upload.first.clientId);
    const entries = this.#clients.get(client) ?? new Set();
    entries.add({ upload, expiry: undefined });
    this.#clients.set(client, entries);
  }

  /** Leaves an upload to whichever connection of its client comes for it in time. */
  park(upload: Upload): void {
    const entry = this.#entry(upload);
    if (entry === undefined) return;
    entry.expiry = setTimeout(() => {
      this.#remove(upload);
      this.#onExpired(upload);
      upload.discard().catch(() => {});
    }, PARKING_LIMIT);
    this.#changed();
  }

  /** Forgets an upload that ended, and leaves nothing of it in staging. */
  async drop(upload: Upload): Promise<void> {
    this.#remove(upload);
    await upload.discard();
  }

  /**
   * Hands over the parked upload of this client that `fits`; waits a moment for one that fits and is
   * still owned by another connection. Undefined when there is none to be had.
   */
  async claim(
    clientId: Uint8Array,
    fits: (upload: Upload) => boolean,
  ): Promise<Upload | undefined> {
    const client = clientIdText(clientId);
    const end = performance.now() + PATIENCE;
    for (;;) {
      const fitting = [...this.#clients.get(client) ?? []].filter(({ upload }) => fits(upload));
      const parked = fitting.find(({ expiry }) => expiry !== undefined);
      if (parked !== undefined) {
        clearTimeout(parked.expiry);
        parked.expiry = undefined;
        return parked.upload;
      }
      const left = end - performance.now();
      if (fitting.length === 0 || left <= 0) return undefined;
      await this.#change(left);
    }
  }

  /** Gives up all uploads, parked or not. */
  async clear(): Promise<void> {
    const uploads = [...this.#clients.values()].flatMap((entries) => [...entries]);
    await Promise.all(uploads.map(({ upload }) => this.drop(upload)));
  }

  #entry(upload: Upload): Entry | undefined {
    const entries = this.#clients.get(clientIdText(upload.first.clientId)) ?? [];
    for (const entry of entries) if (entry.upload === upload) return entry;
    return undefined;
  }

  #remove(upload: Upload): void {
    const client = clientIdText(upload.first.clientId);
    const entry = this.#entry(upload);
    const entries = this.#clients.get(client);
    if (entry === undefined || entries === undefined) return;
    clearTimeout(entry.expiry);
    entries.delete(entry);
    if (entries.size === 0) this.#clients.delete(client);
    this.#changed();
  }

  #changed(): void {
    for (const wake of this.#waiting) wake();
  }

  #change(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, limit);
      this.#waiting.add(wake);
    });
  }
}
