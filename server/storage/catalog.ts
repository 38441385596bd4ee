/**
 * The seam to whatever remembers clients and files: what the server needs of it, and nothing of how
 * it is kept. Every implementation runs the suite in `catalog_conformance.ts`.
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
   * The name made safe by `safeName()`, or by the rules of an older version; unique within the client.
   * A later version of the file may come under a name that differs from it in case or Unicode form.
   */
  readonly fileName: string;
  /** Where the contents lie in the store, as `received_files/<id>/<name>` with `/` on every system. */
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

/** How much is kept. */
export interface Usage {
  /** Files, one for each name of a client. */
  readonly files: number;
  /** Their bytes. */
  readonly bytes: number;
}

/**
 * A version that is about to take its place: written down before the rename, taken off in the same
 * transaction that records the version, so that a start after a crash knows which of the two
 * happened.
 */
export interface Intent extends FileVersion {
  /** The name of the staged contents in the store. */
  readonly staged: string;
}

/** A version that is recorded, and whose contents the catalog has until they are synced in the store. */
export interface Unsynced extends Intent {
  /** All of it: `size` bytes, which a store holds in memory. */
  readonly contents: Uint8Array;
}

/** Names contents that the catalog keeps. */
export type Kept = Pick<Unsynced, "clientId" | "fileName" | "staged">;

/**
 * Clients, files, and the commits under way. What a resolved promise has changed is on the disk,
 * synced, but for `record()` and `settle()`; what a rejected one would have changed is not, unless the
 * disk failed: nobody knows then, and nothing is changed any more. All errors are a `StorageError`.
 */
export interface Catalog extends AsyncDisposable {
  /**
   * Adds a client; `name-taken` when another has the name, and nothing is changed then. With `claim`
   * the other is withdrawn if it was never given a key and its time is over: its id is not known any
   * more.
   */
  register(
    client: Pick<ClientRecord, "id" | "name" | "revision">,
    claim?: NameClaim,
  ): Promise<"registered" | "name-taken">;
  /** The client with this id (16 bytes), if there is one. */
  client(id: Uint8Array): Promise<ClientRecord | undefined>;
  /**
   * Keeps the keys of a client and marks it as seen. Without `publicKey` the old one stays. Throws a
   * `StorageError`, `unknown-client`, when the client is not registered.
   */
  keepKeys(
    keys: {
      readonly id: Uint8Array;
      readonly publicKey?: Uint8Array;
      readonly aesKey: Uint8Array;
    },
  ): Promise<void>;
  /**
   * Writes down that `version` is about to take its place, and settles where: a file keeps the path
   * that it has; when the path of a new one differs only in case or Unicode form from that of another
   * file of the same client, a path with a number, or a mark, is used instead. Returns the path that
   * counts. Intended again with the same staged contents, it replaces the earlier intent. Throws a
   * `StorageError`, `unknown-client`, when the client is not registered.
   */
  intend(version: Intent): Promise<string>;
  /**
   * Records the version intended with these staged contents as verified, in place of the one of the
   * same name, and marks its client as seen. Ends the intent, and what was intended for the same
   * file before it; contents that are kept of that are no longer. Throws a `StorageError`,
   * `unknown-intent`, when there is no such intent.
   */
  record(staged: string): Promise<void>;
  /**
   * Does at once what `intend()` and `record()` do, and keeps the contents until they are settled or
   * another version is recorded. Returns the path that counts. Harmless when repeated. Throws a
   * `StorageError`, `unknown-client`, when the client is not registered.
   */
  keep(version: Unsynced): Promise<string>;
  /**
   * Lets go of contents that are synced in the store; harmless for those of another version, or where
   * there are none. A crash of the system may undo it.
   */
  settle(versions: readonly Kept[]): Promise<void>;
  /** The versions whose contents are kept: one of a file at the most. */
  unsynced(): Promise<readonly Unsynced[]>;
  /** Ends an intent without a new version; harmless when there is none. */
  withdraw(staged: string): Promise<void>;
  /** What was intended and neither recorded nor withdrawn, the oldest first. */
  intents(): Promise<readonly Intent[]>;
  /** All files, or those of one client, in the order of client and name. */
  files(clientId?: Uint8Array): Promise<readonly FileRecord[]>;
  /**
   * The version of a file that is recorded, if there is one: under this name, or else under one that
   * differs from it in nothing but case and Unicode form (`nameKey()`).
   */
  file(clientId: Uint8Array, fileName: string): Promise<FileRecord | undefined>;
  /** How much is recorded of all clients, or of one. */
  usage(clientId?: Uint8Array): Promise<Usage>;
}
