import { clientIdText } from "../../shared/wire/client_id.ts";
import type { Catalog, Usage } from "../storage/catalog.ts";
import type { Store } from "../storage/store.ts";
import type { Limits } from "../settings/limit_settings.ts";

/** Why there is no room for a file. */
export type QuotaReason =
  /** The client keeps as many files as it may. */
  | "client-files-exceeded"
  /** The client keeps as many bytes as it may, or would with this file. */
  | "client-bytes-exceeded"
  /** All clients together keep as many files as they may. */
  | "server-files-exceeded"
  /** All clients together keep as many bytes as they may. */
  | "server-bytes-exceeded"
  /** The disk would have less free space than is to be kept. */
  | "free-space-exceeded";

/** A file that there is no room for. */
export class QuotaError extends Error {
  override readonly name = "QuotaError";
  /** Which limit it would exceed. */
  readonly reason: QuotaReason;

  constructor(reason: QuotaReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** What a quota looks at. */
export interface QuotaOptions {
  readonly limits: Limits;
  readonly catalog: Catalog;
  readonly store: Store;
  /** Bytes that are held for a file beyond what came of it, at least. Default: 1 MiB. */
  readonly ahead?: number;
}

/**
 * Bytes that a file may count on before anything of it has come: a thousand of them are not much.
 */
const AHEAD = 1024 ** 2;

const NOTHING: Usage = { files: 0, bytes: 0 };

/** A file that wants room. */
export interface Wanted {
  /** The id of its client, 16 bytes. */
  readonly clientId: Uint8Array;
  /** The most bytes that it can have. */
  readonly size: number;
}

/** Room that is held for a file on its way in, until it is disposed of. */
export interface Reservation extends Disposable {
  /**
   * Takes note that more of the file comes, before it is kept. Comes back with a promise where more
   * room has to be taken for it, of the reason when there is none. Throws what the store throws.
   */
  arrives(bytes: number): Promise<QuotaReason | undefined> | undefined;
}

/**
 * Holds room for a file before it comes: for the whole of it, by what is kept and what others hold
 * when it begins. Held for it is no more than twice what came, and a little: a size that is only
 * announced takes nothing from others. An old version counts until the new one has taken its place,
 * as it does on the disk.
 */
export class Quota {
  readonly #options: QuotaOptions;
  /** By client. */
  readonly #reserved = new Map<string, Reserved>();
  readonly #reservedByAll = new Reserved();
  /**
   * Bytes of files under way that have come: they are on the disk, or will be in a moment, and not
   * free.
   */
  #arrivedByAll = 0;

  constructor(options: QuotaOptions) {
    this.#options = options;
  }

  /**
   * Holds room until it is disposed of, or says why there is none. Throws what catalog and store
   * throw.
   */
  async reserve({ clientId, size }: Wanted): Promise<Reservation | QuotaReason> {
    const { ahead = AHEAD } = this.#options;
    let held = Math.min(size, ahead);
    let arrived = 0;
    let over = false;
    // What is refused to one is not missing to the other for a moment: it is not taken before.
    const refusal = await this.#take(clientId, () => ({
      wanted: { files: 1, bytes: size },
      taken: { files: 1, bytes: held },
    }));
    if (refusal !== undefined) return refusal;
    const grow = () =>
      this.#take(clientId, () => {
        const more = Math.min(size, 2 * arrived + ahead) - held;
        if (over || more <= 0) return undefined;
        const wanted = { files: 0, bytes: more };
        return { wanted, taken: wanted, onTaken: () => held += more };
      });
    return {
      arrives: (bytes) => {
        arrived += bytes;
        this.#arrivedByAll += bytes;
        return arrived > held && held < size ? grow() : undefined;
      },
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        this.#give(clientIdText(clientId), { files: 1, bytes: held });
        this.#arrivedByAll -= arrived;
      },
    };
  }

  /**
   * Takes room, or returns why there is none. What is to be taken is asked when it is known what
   * there is, and looked at and taken in one go: two who ask at once do not get the same room.
   */
  async #take(
    clientId: Uint8Array,
    ask: () => Taking | undefined,
  ): Promise<QuotaReason | undefined> {
    const { catalog, store } = this.#options;
    const client = clientIdText(clientId);
    const reserved = this.#reserved.get(client) ?? new Reserved();
    this.#reserved.set(client, reserved);
    // A file that is recorded while the catalog is asked may be missing in its answer, and is not
    // reserved any more after it.
    const own = reserved.watch();
    const others = this.#reservedByAll.watch();
    try {
      const free = await store.freeSpace() ?? Infinity;
      const kept = await catalog.usage(clientId);
      const taking = ask();
      if (taking === undefined) return undefined;
      const refusal = this.#refusal({
        own: sum(kept.client, own.most(), taking.wanted),
        all: sum(kept.all, others.most(), taking.wanted),
        // What came is not free any more, and is not to be counted twice.
        due: Math.max(0, others.most().bytes + taking.wanted.bytes - this.#arrivedByAll),
        free,
      });
      if (refusal !== undefined) return refusal;
      reserved.take(taking.taken);
      this.#reservedByAll.take(taking.taken);
      taking.onTaken?.();
      return undefined;
    } finally {
      own.end();
      others.end();
      if (reserved.idle) this.#reserved.delete(client);
    }
  }

  #give(client: string, given: Usage): void {
    const reserved = this.#reserved.get(client);
    reserved?.give(given);
    if (reserved?.idle) this.#reserved.delete(client);
    this.#reservedByAll.give(given);
  }

  /** Why so much is too much, if it is. */
  #refusal({ own, all, due, free }: {
    readonly own: Usage;
    readonly all: Usage;
    readonly due: number;
    readonly free: number;
  }): QuotaReason | undefined {
    const { limits } = this.#options;
    if (own.files > limits.filesPerClient) return "client-files-exceeded";
    if (own.bytes > limits.bytesPerClient) return "client-bytes-exceeded";
    if (all.files > limits.files) return "server-files-exceeded";
    if (all.bytes > limits.bytes) return "server-bytes-exceeded";
    return free - due < limits.freeSpace ? "free-space-exceeded" : undefined;
  }
}

/** Room that is asked for. */
interface Taking {
  /** What there has to be room for. */
  readonly wanted: Usage;
  /** What is taken of it. */
  readonly taken: Usage;
  readonly onTaken?: () => void;
}

/** Room that is held at the moment, of one client or of all. */
class Reserved {
  #now = NOTHING;
  /** All that was ever taken, given back or not. */
  #ever = NOTHING;
  #watches = 0;

  take(taken: Usage): void {
    this.#now = sum(this.#now, taken);
    this.#ever = sum(this.#ever, taken);
  }

  give(given: Usage): void {
    this.#now = { files: this.#now.files - given.files, bytes: this.#now.bytes - given.bytes };
  }

  /** Whether nothing is held, and no watch is under way. */
  get idle(): boolean {
    return this.#now.files === 0 && this.#watches === 0;
  }

  /** Watches until `end()`; `most()` counts what is given back meanwhile as still held. */
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

function sum(...all: readonly Usage[]): Usage {
  return all.reduce(
    (a, b) => ({ files: a.files + b.files, bytes: a.bytes + b.bytes }),
    NOTHING,
  );
}
