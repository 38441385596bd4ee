import type { ClientId } from "../../../shared/wire/client_id.ts";

/**
 * The interface of the store of clients and files: what the server needs of every catalog,
 * independent of the database behind it. Every implementation runs the suite in
 * `tests/storage/suites/catalog_conformance.ts`. What only some can do is an optional capability:
 * `IntentLog`, `ContentJournal`.
 */

/** A client as the catalog knows it. */
export interface ClientRecord {
  /** The id, 16 bytes. */
  readonly id: ClientId;
  /** The name it registered, unique among clients; up to 254 bytes of text. */
  readonly name: string;
  /** The revision of protocol 3 that it registered in, for instance `2024a`. */
  readonly revision: string;
  /** The RSA public key, X.509 SubjectPublicKeyInfo in DER, once the client has sent one. */
  readonly publicKey?: Uint8Array;
  /** The newest AES key sent to it: 16 or 32 bytes. */
  readonly aesKey?: Uint8Array;
  /** When it last sent a key request or a file. */
  readonly lastSeen: Date;
}

/** How long a name is reserved for a client that has sent no public key. */
export interface NameClaim {
  /** Milliseconds from its registration. */
  readonly claimTime: number;
  /** The id of a client whose claim has ended already. */
  readonly abandoned?: ClientId | undefined;
}

/** A stored version of a file: where its contents lie, and what they are. */
export interface FileVersion {
  /** The id of the client that it belongs to, 16 bytes. */
  readonly clientId: ClientId;
  /**
   * The name made safe by `safeName()`, or by the rules of an older version; unique within the
   * client. A later version of the file may have a name that differs from it in case or Unicode
   * form.
   */
  readonly fileName: string;
  /**
   * Where the contents lie in the store, as `received_files/<id>/<name>` with `/` on every system.
   */
  readonly location: string;
  /** Length of the contents in bytes. */
  readonly size: number;
  /** POSIX `cksum` of the contents, an unsigned 32-bit number. */
  readonly checksum: number;
  /** Whether the client confirmed the checksum. */
  readonly verified: boolean;
}

/** A row of the catalog's files. */
export interface FileRecord extends FileVersion {
  /** When this version was recorded. */
  readonly storedAt: Date;
}

/** Identifies a file. */
export type FileKey = Pick<FileVersion, "clientId" | "fileName">;

/** Which files to list. */
export interface FilesPage {
  /** The client whose files are listed. Default: all clients. */
  readonly clientId?: ClientId;
  /** The last file of the previous page. Default: none, to start with the first file. */
  readonly after?: FileKey;
  /** The maximum number of files. Default: 500. */
  readonly limit?: number;
}

/** The default number of files on a page. */
export const FILES_ON_PAGE = 500;

/** How much is stored. */
export interface Usage {
  /** The number of files, one for each name of a client. */
  readonly files: number;
  /** Their total size in bytes. */
  readonly bytes: number;
}

/** How much is stored for one client, and for all. */
export interface UsageOfClient {
  readonly client: Usage;
  readonly all: Usage;
  /** Whether there is a file of the name that was asked for; undefined if none was. */
  readonly found?: boolean;
}

/**
 * Clients and files. Once a promise resolves, its change is synced to disk, with the exception
 * named at `record()`. If it rejects, nothing was changed, unless the disk failed: the state is
 * then unknown, and all later changes are rejected. All errors are a `StorageError`.
 */
export interface Catalog extends AsyncDisposable {
  /**
   * Adds a client. Returns `name-taken`, and changes nothing, if another client has the name. With
   * `claim`, the other client is removed first if it was never given a key and its claim has
   * expired.
   */
  register(
    client: Pick<ClientRecord, "id" | "name" | "revision">,
    claim?: NameClaim,
  ): Promise<"registered" | "name-taken">;
  /** Returns the client with this id (16 bytes), or undefined if there is none. */
  client(id: ClientId): Promise<ClientRecord | undefined>;
  /**
   * Stores the keys of a client and updates when it was last seen. Without `publicKey`, the old
   * public key is kept. Throws a `StorageError`, `unknown-client`, if the client is not registered.
   */
  keepKeys(
    keys: {
      readonly id: ClientId;
      readonly publicKey?: Uint8Array;
      readonly aesKey: Uint8Array;
    },
  ): Promise<void>;
  /**
   * Records a version, replacing the one of the same name, and updates when its client was last
   * seen. Throws a `StorageError`, `unknown-client`, if the client is not registered.
   *
   * Removes the entries of the file in this catalog's `IntentLog` and `ContentJournal`. For a
   * version that was intended, a system crash may undo the recording; the intent is then still
   * there.
   */
  record(version: FileVersion): Promise<void>;
  /**
   * Returns the recorded version of a file, if there is one: under this name, or else under a name
   * that differs only in case or Unicode form (`nameKey()`).
   */
  file(clientId: ClientId, fileName: string): Promise<FileRecord | undefined>;
  /** Returns a page of files, ordered by client and name; an empty page after the last file. */
  files(page?: FilesPage): Promise<readonly FileRecord[]>;
  /**
   * Returns how much is stored for a client, and for all; with a name, also whether `file()` finds
   * it at the same moment. Takes constant time.
   */
  usage(clientId: ClientId, fileName?: string): Promise<UsageOfClient>;
}
