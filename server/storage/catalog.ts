/**
 * The seam to whatever remembers clients and files: what the server needs of every catalog, and
 * nothing of how it is kept. Every implementation runs the suite in
 * `testing/catalog_conformance.ts`. What only some can do is a capability beside it: `IntentLog`,
 * `ContentJournal`.
 */

/** A client as the catalog knows it. */
export interface ClientRecord {
  /** The id, 16 bytes. */
  readonly id: Uint8Array;
  /** The name it registered, unique among clients; up to 254 bytes of text. */
  readonly name: string;
  /** The revision of protocol 3 that it registered in, for instance `2024a`. */
  readonly revision: string;
  /** The RSA public key, X.509 SubjectPublicKeyInfo in DER, once the client has sent one. */
  readonly publicKey?: Uint8Array;
  /** The newest AES key handed to it: 16 or 32 bytes. */
  readonly aesKey?: Uint8Array;
  /** When it was last heard of. */
  readonly lastSeen: Date;
}

/** For how long a name belongs to a client that has sent no public key. */
export interface NameClaim {
  /** Milliseconds from its registration. */
  readonly claimTime: number;
  /** The id of a client that is not waited for any longer. */
  readonly abandoned?: Uint8Array | undefined;
}

/** A stored version of a file: where its contents lie, and what they are. */
export interface FileVersion {
  /** The id of the client that it belongs to, 16 bytes. */
  readonly clientId: Uint8Array;
  /**
   * The name made safe by `safeName()`, or by the rules of an older version; unique within the
   * client. A later version of the file may come under a name that differs from it in case or
   * Unicode form.
   */
  readonly fileName: string;
  /**
   * Where the contents lie in the store, as `received_files/<id>/<name>` with `/` on every system.
   */
  readonly pathName: string;
  /** Length of the contents in bytes. */
  readonly size: number;
  /** POSIX `cksum` of the contents, an unsigned 32-bit number. */
  readonly checksum: number;
}

/** A row of the catalog's files. */
export interface FileRecord extends FileVersion {
  /** Whether the client confirmed the checksum. Every row that the server writes is. */
  readonly verified: boolean;
  /** When this version was recorded. */
  readonly storedAt: Date;
}

/** Names a file. */
export type FileKey = Pick<FileVersion, "clientId" | "fileName">;

/** Which files to list. */
export interface FilesPage {
  /** The client that they belong to. Default: all clients. */
  readonly clientId?: Uint8Array;
  /** The file before the first one. Default: none, to begin with the first. */
  readonly after?: FileKey;
  /** How many at most. Default: 500. */
  readonly limit?: number;
}

/** Files on a page, unless another number is asked for. */
export const FILES_ON_PAGE = 500;

/** How much is kept. */
export interface Usage {
  /** Files, one for each name of a client. */
  readonly files: number;
  /** Their bytes. */
  readonly bytes: number;
}

/** How much a client keeps, and all of them. */
export interface UsageOfClient {
  readonly client: Usage;
  readonly all: Usage;
}

/**
 * Clients and files. What a resolved promise has changed is on the disk, synced, but for what
 * `record()` says; what a rejected one would have changed is not, unless the disk failed: it is
 * unknown then, and nothing is changed any more. All errors are a `StorageError`.
 */
export interface Catalog extends AsyncDisposable {
  /**
   * Adds a client; `name-taken` when another has the name, and nothing is changed then. With
   * `claim` the other is withdrawn if it was never given a key and its time is over: its id is not
   * known any more.
   */
  register(
    client: Pick<ClientRecord, "id" | "name" | "revision">,
    claim?: NameClaim,
  ): Promise<"registered" | "name-taken">;
  /** The client with this id (16 bytes), if there is one. */
  client(id: Uint8Array): Promise<ClientRecord | undefined>;
  /**
   * Keeps the keys of a client and marks it as seen. Without `publicKey` the old one stays. Throws
   * a `StorageError`, `unknown-client`, when the client is not registered.
   */
  keepKeys(
    keys: {
      readonly id: Uint8Array;
      readonly publicKey?: Uint8Array;
      readonly aesKey: Uint8Array;
    },
  ): Promise<void>;
  /**
   * Records a version as verified, in place of the one of the same name, and marks its client as
   * seen. Returns the version that it replaced, if there was one. Throws a `StorageError`,
   * `unknown-client`, when the client is not registered.
   *
   * Ends whatever an `IntentLog` or a `ContentJournal` of this catalog has of the file. Of a
   * version that was intended, a crash of the system may undo the recording, and leaves the intent
   * then.
   */
  record(version: FileVersion): Promise<FileRecord | undefined>;
  /**
   * The version of a file that is recorded, if there is one: under this name, or else under one
   * that differs from it in nothing but case and Unicode form (`nameKey()`).
   */
  file(clientId: Uint8Array, fileName: string): Promise<FileRecord | undefined>;
  /** A page of the files, in the order of client and name; an empty one after the last. */
  files(page?: FilesPage): Promise<readonly FileRecord[]>;
  /** How much is recorded of a client, and of all. Takes no longer where that is much. */
  usage(clientId: Uint8Array): Promise<UsageOfClient>;
}
