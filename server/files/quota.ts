import { type ClientId, clientIdText } from "../../shared/wire/client_id.ts";
import type { Catalog, Usage } from "../storage/versions/catalog.ts";
import type { Store } from "../storage/versions/store.ts";
import type { Limits } from "../settings/limit_settings.ts";

/** Why there is no space for a file. */
export type QuotaReason =
  /** The client has as many files as it may. */
  | "client-files-exceeded"
  /** The client would exceed its limit of bytes. */
  | "client-bytes-exceeded"
  /** All clients together have as many files as they may. */
  | "server-files-exceeded"
  /** All clients together would exceed their limit of bytes. */
  | "server-bytes-exceeded"
  /** The disk would have less free space than required. */
  | "free-space-exceeded";

/** Thrown if there is no space for a file. */
export class QuotaError extends Error {
  override readonly name = "QuotaError";
  /** The limit that it would exceed. */
  readonly reason: QuotaReason;

  constructor(reason: QuotaReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface QuotaOptions {
  readonly limits: Limits;
  readonly catalog: Catalog;
  readonly store: Store;
  /** Minimum bytes reserved for a file beyond those received. Default: 1 MiB. */
  readonly ahead?: number;
}

/** Bytes reserved for a file before anything was received: little, even for a thousand files. */
const AHEAD = 1024 ** 2;

const NOTHING: Usage = { files: 0, bytes: 0 };

/** The file to reserve space for. */
export interface Wanted {
  /** The id of its client, 16 bytes. */
  readonly clientId: ClientId;
  /** Its maximum size in bytes. */
  readonly size: number;
  /**
   * The name to record it under, as in `FileVersion`: if a file is there, it is replaced and counts
   * as no other one. Default: it counts as a new file.
   */
  readonly fileName?: string;
  /** How many more files it is, where that is known. Default: what the catalog says of the name. */
  readonly files?: number;
  /** The most bytes that this client may store, beside the limits of all. Default: no limit. */
  readonly clientBytes?: number | undefined;
  /** Whether its bytes are stored and counted already: only files are judged. Default: no. */
  readonly isStored?: boolean;
}

/** Space reserved for a file that is being received, until it is disposed of. */
export interface Reservation extends Disposable {
  /**
   * Records that more of the file arrives, before it is written. Returns a promise if more space
   * has to be reserved; it resolves with the reason if there is none. Throws the errors of the
   * store.
   */
  arrives(bytes: number): Promise<QuotaReason | undefined> | undefined;
}

/**
 * Reserves space for files. A file begins only if there is space for all of it beside what is
 * stored and reserved. Reserved for it is at most twice what was received, and a little more: a
 * size that is only announced takes nothing from others. The bytes of an old version count until
 * the new one has replaced it, as they do on the disk.
 */
export class Quota {
  readonly #options: QuotaOptions;
  /** By client. */
  readonly #reserved = new Map<string, Reserved>();
  readonly #reservedByAll = new Reserved();
  /** Bytes received of unfinished files: they are on disk, or about to be, and not free. */
  #arrivedByAll = 0;

  constructor(options: QuotaOptions) {
    this.#options = options;
  }

  /**
   * Reserves space until the result is disposed of, or returns why there is none. Throws the errors
   * of catalog and store.
   */
  async reserve(
    { clientId, size, fileName, files: known, clientBytes = Infinity, isStored = false }: Wanted,
  ): Promise<Reservation | QuotaReason> {
    const { ahead = AHEAD } = this.#options;
    let files = known ?? 1;
    let reserved = Math.min(size, ahead);
    let arrived = 0;
    let over = false;
    // Nothing is reserved before the check, so that a refused file takes no space from another one.
    const refusal = await this.#reserve(clientId, (found) => {
      if (known === undefined && found) files = 0;
      return {
        ...{ wanted: { files, bytes: size }, reserved: { files, bytes: reserved } },
        ...{ clientBytes, isStored },
      };
    }, known === undefined ? fileName : undefined);
    if (refusal !== undefined) return refusal;
    const grow = () =>
      this.#reserve(clientId, () => {
        const more = Math.min(size, 2 * arrived + ahead) - reserved;
        if (over || more <= 0) return undefined;
        const wanted = { files: 0, bytes: more };
        return { wanted, reserved: wanted, clientBytes, onReserved: () => reserved += more };
      });
    return {
      arrives: (bytes) => {
        arrived += bytes;
        this.#arrivedByAll += bytes;
        return arrived > reserved && reserved < size ? grow() : undefined;
      },
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        this.#release(clientIdText(clientId), { files, bytes: reserved });
        this.#arrivedByAll -= arrived;
      },
    };
  }

  /**
   * Reserves space, or returns why there is none. `ask` is called once the usage is known, and with
   * whether there is a file of a name; check and reservation are one synchronous step, so that
   * concurrent calls do not get the same space.
   */
  async #reserve(
    clientId: ClientId,
    ask: (found: boolean) => SpaceRequest | undefined,
    fileName?: string,
  ): Promise<QuotaReason | undefined> {
    const { catalog, store } = this.#options;
    const client = clientIdText(clientId);
    const reserved = this.#reserved.get(client) ?? new Reserved();
    this.#reserved.set(client, reserved);
    // A file that is recorded during the query may be missing in its result, and is no longer
    // reserved after it.
    const own = reserved.watch();
    const others = this.#reservedByAll.watch();
    try {
      const free = await store.freeSpace() ?? Infinity;
      const kept = await catalog.usage(clientId, fileName);
      const taking = ask(kept.found === true);
      if (taking === undefined) return undefined;
      const refusal = this.#refusal({
        more: taking.wanted.files > 0,
        isStored: taking.isStored === true,
        clientBytes: taking.clientBytes,
        own: sum(sum(kept.client, own.most()), taking.wanted),
        all: sum(sum(kept.all, others.most()), taking.wanted),
        // Received bytes are no longer free, and must not be counted twice.
        due: Math.max(0, others.most().bytes + taking.wanted.bytes - this.#arrivedByAll),
        free,
      });
      if (refusal !== undefined) return refusal;
      reserved.add(taking.reserved);
      this.#reservedByAll.add(taking.reserved);
      taking.onReserved?.();
      return undefined;
    } finally {
      own.end();
      others.end();
      if (reserved.idle) this.#reserved.delete(client);
    }
  }

  #release(client: string, given: Usage): void {
    const reserved = this.#reserved.get(client);
    reserved?.remove(given);
    if (reserved?.idle) this.#reserved.delete(client);
    this.#reservedByAll.remove(given);
  }

  /** Returns the exceeded limit, if there is one. */
  #refusal({ more, isStored, clientBytes, own, all, due, free }: {
    /** Whether it is one more file. */
    readonly more: boolean;
    readonly isStored: boolean;
    readonly clientBytes: number;
    readonly own: Usage;
    readonly all: Usage;
    readonly due: number;
    readonly free: number;
  }): QuotaReason | undefined {
    const { limits } = this.#options;
    if (more && own.files > limits.filesPerClient) return "client-files-exceeded";
    if (more && all.files > limits.files) return "server-files-exceeded";
    if (isStored) return undefined;
    if (own.bytes > Math.min(limits.bytesPerClient, clientBytes)) return "client-bytes-exceeded";
    if (all.bytes > limits.bytes) return "server-bytes-exceeded";
    return free - due < limits.freeSpace ? "free-space-exceeded" : undefined;
  }
}

/** A request for space. */
interface SpaceRequest {
  /** The usage to check. */
  readonly wanted: Usage;
  /** The part of it to reserve. */
  readonly reserved: Usage;
  /** The most bytes that this client may store. */
  readonly clientBytes: number;
  readonly isStored?: boolean;
  readonly onReserved?: () => void;
}

/** The space reserved now, for one client or for all. */
class Reserved {
  #now = NOTHING;
  /** The sum of all reservations, including released ones. */
  #ever = NOTHING;
  #watches = 0;

  add(added: Usage): void {
    this.#now = sum(this.#now, added);
    this.#ever = sum(this.#ever, added);
  }

  remove(given: Usage): void {
    this.#now = { files: this.#now.files - given.files, bytes: this.#now.bytes - given.bytes };
  }

  /** Whether nothing is reserved, and no watch is running. */
  get idle(): boolean {
    return this.#now.files === 0 && this.#now.bytes === 0 && this.#watches === 0;
  }

  /** Watches until `end()`; `most()` counts what is released meanwhile as still reserved. */
  watch(): { readonly most: () => Usage; readonly end: () => void } {
    const [now, ever] = [this.#now, this.#ever];
    this.#watches++;
    return {
      most: () => ({
        files: now.files + this.#ever.files - ever.files,
        bytes: now.bytes + this.#ever.bytes - ever.bytes,
      }),
      end: () => this.#watches--,
    };
  }
}

function sum(one: Usage, other: Usage): Usage {
  return { files: one.files + other.files, bytes: one.bytes + other.bytes };
}
