import assert from "node:assert/strict";
import { type ClientId, clientIdText } from "../../shared/wire/client_id.ts";
import type { ClientRow, FileRow } from "../end_to_end/fixtures/data_folder.ts";

/** A version of a file, as far as a catalog tells one from another. */
export interface Version {
  /** Bytes. */
  readonly size: number;
  /** POSIX `cksum`. */
  readonly checksum: number;
}

/** A file of a client. */
export interface FileOfClient {
  readonly clientId: ClientId;
  /** A name that needs not be made safe. */
  readonly fileName: string;
}

/** What a server has said of a file. */
interface Promised {
  /** The version that it acknowledged last. */
  kept?: Version;
  /** The versions that it was asked to keep since then, and has not answered about. */
  readonly asked: readonly Version[];
}

/**
 * What a server promised to its clients, kept where its crashes do no harm. A promise is an answer
 * that came: a registration, a key, the acknowledgement of a file. A request without an answer may
 * have been acted on or not; what was never asked for must not be there.
 */
export class Ledger {
  readonly #clients = new Map<string, { readonly name: string; keyed: boolean }>();
  readonly #files = new Map<string, Promised>();
  /**
   * Requests to keep a file that a crash left unanswered, and that were found to be carried out.
   */
  carriedOut = 0;
  /** Those that were not. */
  notCarriedOut = 0;

  /** How many versions were acknowledged, those that were replaced since included. */
  acknowledged = 0;

  /** The server gave a client this id. */
  registered(clientId: ClientId, name: string): void {
    this.#clients.set(clientIdText(clientId), { name, keyed: false });
  }

  /** The server took the client's public key. */
  tookKey(clientId: ClientId): void {
    const client = this.#clients.get(clientIdText(clientId));
    if (client !== undefined) client.keyed = true;
  }

  /** Whether the server has promised to know the client's public key. */
  hasKey(clientId: ClientId): boolean {
    return this.#clients.get(clientIdText(clientId))?.keyed ?? false;
  }

  /** The server is about to be asked to keep a version. */
  asks(file: FileOfClient, version: Version): void {
    const key = keyOf(file);
    const { kept, asked = [] } = this.#files.get(key) ?? {};
    this.#files.set(key, { ...(kept && { kept }), asked: [...asked, version] });
  }

  /** The server acknowledged the version that it was asked to keep. */
  acknowledges(file: FileOfClient): void {
    const key = keyOf(file);
    const kept = this.#files.get(key)?.asked.at(-1);
    assert(kept !== undefined, "Only what was asked for can be acknowledged");
    this.#files.set(key, { kept, asked: [] });
    this.acknowledged += 1;
  }

  /**
   * Fails unless a catalog has what was promised, and nothing that was not asked for. What was
   * asked for without an answer is known from here on: it is there, or it never will be.
   */
  settle({ clients, files }: {
    readonly clients: readonly ClientRow[];
    readonly files: readonly FileRow[];
  }): void {
    const names = new Map(clients.map(({ id, name }) => [id, name]));
    for (const [id, { name }] of this.#clients) {
      assert.equal(names.get(id), name, `The client ${JSON.stringify(name)} is known`);
    }
    const rows = new Map(files.map((row) => [`${row.id}/${row.fileName}`, row]));
    for (const [key, promised] of this.#files) {
      const row = rows.get(key);
      rows.delete(key);
      this.#files.set(key, this.#settled(key, promised, row));
    }
    assert.deepEqual([...rows.keys()], [], "No file is there that nobody asked for");
  }

  #settled(key: string, { kept, asked }: Promised, row: Version | undefined): Promised {
    const carriedOut = row && asked.find((version) => same(row, version));
    this.carriedOut += carriedOut === undefined ? 0 : 1;
    this.notCarriedOut += asked.length - (carriedOut === undefined ? 0 : 1);
    if (carriedOut !== undefined) return { kept: carriedOut, asked: [] };
    if (kept === undefined) {
      assert.equal(row, undefined, `${key} was never promised`);
      return { asked: [] };
    }
    assert(row !== undefined, `${key}, which was promised, is there`);
    assert(same(row, kept), `${key} is there in the version promised`);
    return { kept, asked: [] };
  }
}

function keyOf({ clientId, fileName }: FileOfClient): string {
  return `${clientIdText(clientId)}/${fileName}`;
}

function same(one: Version, other: Version): boolean {
  return one.size === other.size && one.checksum === other.checksum;
}
