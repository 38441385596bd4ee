import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import type { Upload } from "./upload.ts";

/** What there is of one client. */
export interface ClientUploads {
  /** All its uploads, the oldest first. */
  readonly all: Set<Upload>;
  /** Those without a connection, the one parked longest first. */
  readonly parked: Set<Upload>;
  /** What its waiting claims call when one of its uploads was parked or removed. */
  readonly waiting: Set<() => void>;
}

/** An index by client: nothing that one client does costs more because there are others. */
export class UploadsByClient {
  readonly #clients = new Map<string, ClientUploads>();

  /** The number of clients of whom there is something. */
  get size(): number {
    return this.#clients.size;
  }

  /** Returns what there is of a client; undefined if there is nothing. */
  of(clientId: ClientId): ClientUploads | undefined {
    return this.#clients.get(clientIdText(clientId));
  }

  /** As `of()`, for something to be added; call `tidy()` once it was removed again. */
  begin(clientId: ClientId): ClientUploads {
    const key = clientIdText(clientId);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const client: ClientUploads = { all: new Set(), parked: new Set(), waiting: new Set() };
    this.#clients.set(key, client);
    return client;
  }

  /** Forgets a client of whom there is nothing left. */
  tidy(clientId: ClientId): void {
    const client = this.of(clientId);
    if (client === undefined || client.all.size + client.waiting.size > 0) return;
    this.#clients.delete(clientIdText(clientId));
  }
}
