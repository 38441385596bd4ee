import { nameKey } from "../../shared/names/name_key.ts";
import { clientIdText } from "../../shared/protocol/client_id.ts";
import type { Catalog, FileVersion, Usage } from "../storage/catalog.ts";
import type { Store } from "../storage/store.ts";
import type { Limits } from "./limits.ts";

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

/** What a quota looks at. */
export interface QuotaOptions {
  readonly limits: Limits;
  readonly catalog: Catalog;
  readonly store: Store;
  /** Bytes that are held for a file beyond what came of it, at least. Default: 1 MiB. */
  readonly ahead?: number;
}

/** Bytes that a file may count on before anything of it has come: a thousand of them are not much. */
const AHEAD = 1024 ** 2;

/** Clients whose usage is remembered at the most, beside those that have room reserved. */
const MOST_KNOWN = 10_000;

const NOTHING: Usage = { files: 0, bytes: 0 };

/** A file that wants room. */
export interface Wanted {
  /** The id of its client, 16 bytes. */
  readonly clientId: Uint8Array;
  /** The most bytes that it can have. */
  readonly size: number;
}

/** Room that is held for a file on its way in, until it is disposed of. */
export interface Room extends Disposable {
  /**
   * Takes note that more of the file comes, before it is kept. Comes back with a promise where more room
   * has to be taken for it, of the reason when there is none. Throws what the store throws.
   */
  arrives(bytes: number): Promise<QuotaReason | undefined> | undefined;
}

/**
 * Sees to it that there is room for a file before it comes: for the whole of it, by what others hold when
 * it begins. Held for it is no more than twice what came, and a little: a size that is only announced
 * takes nothing from others. An old version counts until the new one has taken its place, as it does on
 * the disk.
 */
export class Quota {
  readonly #options: QuotaOptions;
  readonly #reserved = new Map<string, Usage>();
  #reservedByAll = NOTHING;
  /** Bytes of files under way that have come: they are on the disk, or will be in a moment, and not free. */
  #arrivedByAll = 0;
  /** What clients keep, as far as it was asked for lately: to add it up takes time. */
  readonly #kept = new Map<string, Usage>();
  #keptByAll: Usage | undefined;
  /** The last recording under way of each file, by client and name. */
  readonly #recordings = new Map<string, Promise<unknown>>();

  constructor(options: QuotaOptions) {
    this.#options = options;
  }

  /** Holds room until it is disposed of, or says why there is none. Throws what catalog and store throw. */
  async reserve({ clientId, size }: Wanted): Promise<Room | QuotaReason> {
    const { store, ahead = AHEAD } = this.#options;
    const client = clientIdText(clientId);
    const free = await store.freeSpace() ?? Infinity;
    await this.#look(clientId);
    // Looked at and taken in one go: two who ask at once do not get the same room, and what is refused
    // to one is not missing to the other for a moment.
    const refusal = this.#refusal(client, { taken: { files: 1, bytes: size }, free });
    if (refusal !== undefined) return refusal;
    let held = Math.min(size, ahead);
    let arrived = 0;
    let over = false;
    this.#take(client, { files: 1, bytes: held });
    const grow = async () => {
      const free = await store.freeSpace() ?? Infinity;
      await this.#look(clientId);
      const more = Math.min(size, 2 * arrived + ahead) - held;
      if (over || more <= 0) return undefined;
      const refusal = this.#refusal(client, { taken: { files: 0, bytes: more }, free });
      if (refusal !== undefined) return refusal;
      held += more;
      this.#take(client, { files: 0, bytes: more });
      return undefined;
    };
    return {
      arrives: (bytes) => {
        arrived += bytes;
        this.#arrivedByAll += bytes;
        return arrived > held && held < size ? grow() : undefined;
      },
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        this.#take(client, { files: -1, bytes: -held });
        this.#arrivedByAll -= arrived;
      },
    };
  }

  /**
   * Has a version of a file recorded by `commit`, and takes note of what that changes. The room reserved
   * for it is held until then. Recordings of one file follow one another: each counts what it replaces.
   */
  async recording<T>(
    version: Pick<FileVersion, "clientId" | "fileName" | "size">,
    commit: () => Promise<T>,
  ): Promise<T> {
    const file = `${clientIdText(version.clientId)}/${nameKey(version.fileName)}`;
    const before = this.#recordings.get(file) ?? Promise.resolve();
    const recorded = before.then(() => this.#record(version, commit));
    const settled = recorded.catch(() => {});
    this.#recordings.set(file, settled);
    try {
      return await recorded;
    } finally {
      if (this.#recordings.get(file) === settled) this.#recordings.delete(file);
    }
  }

  async #record<T>(
    { clientId, fileName, size }: Pick<FileVersion, "clientId" | "fileName" | "size">,
    commit: () => Promise<T>,
  ): Promise<T> {
    // Known before it changes: what is added up afterwards may have the change in it, or not.
    await this.#look(clientId);
    const replaced = await this.#options.catalog.file(clientId, fileName);
    const result = await commit().catch((error) => {
      // It may be recorded all the same: what is kept has to be added up anew.
      this.#kept.delete(clientIdText(clientId));
      this.#keptByAll = undefined;
      throw error;
    });
    const change = { files: replaced === undefined ? 1 : 0, bytes: size - (replaced?.size ?? 0) };
    const client = clientIdText(clientId);
    const own = this.#kept.get(client);
    if (own !== undefined) this.#kept.set(client, sum(own, change));
    if (this.#keptByAll !== undefined) this.#keptByAll = sum(this.#keptByAll, change);
    return result;
  }

  /** Why so much more is too much, if it is. */
  #refusal(
    client: string,
    { taken, free }: { readonly taken: Usage; readonly free: number },
  ): QuotaReason | undefined {
    const { limits } = this.#options;
    const reserved = sum(this.#reservedByAll, taken);
    const own = sum(sum(this.#kept.get(client), this.#reserved.get(client)), taken);
    const all = sum(this.#keptByAll, reserved);
    if (own.files > limits.filesPerClient) return "client-files-exceeded";
    if (own.bytes > limits.bytesPerClient) return "client-bytes-exceeded";
    if (all.files > limits.files) return "server-files-exceeded";
    if (all.bytes > limits.bytes) return "server-bytes-exceeded";
    // What came is not free any more, and is not to be counted twice.
    const due = Math.max(0, reserved.bytes - this.#arrivedByAll);
    return free - due < limits.freeSpace ? "free-space-exceeded" : undefined;
  }

  /** Sees to it that it is known what a client keeps, and what all of them keep. */
  async #look(clientId: Uint8Array): Promise<void> {
    const { catalog } = this.#options;
    const client = clientIdText(clientId);
    // What has become known in the meantime is newer.
    if (this.#keptByAll === undefined) {
      const all = await catalog.usage();
      this.#keptByAll ??= all;
    }
    const kept = this.#kept.get(client) ?? await catalog.usage(clientId);
    const own = this.#kept.get(client) ?? kept;
    // Set anew, it stands last: the first ones are those that were not asked for lately.
    this.#kept.delete(client);
    this.#kept.set(client, own);
    if (this.#kept.size > MOST_KNOWN) this.#forgetOne();
  }

  #forgetOne(): void {
    for (const client of this.#kept.keys()) {
      // Of one that has room reserved a version may be recorded at any moment.
      if (this.#reserved.has(client)) continue;
      this.#kept.delete(client);
      return;
    }
  }

  #take(client: string, taken: Usage): void {
    this.#reservedByAll = sum(this.#reservedByAll, taken);
    const own = sum(this.#reserved.get(client), taken);
    if (own.files > 0) this.#reserved.set(client, own);
    else this.#reserved.delete(client);
  }
}

function sum(a: Usage = NOTHING, b: Usage = NOTHING): Usage {
  return { files: a.files + b.files, bytes: a.bytes + b.bytes };
}
