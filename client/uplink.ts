/** The interface that sending files needs of any protocol. */

/** A file to send. */
export interface LocalFile {
  /** Its path as given or found. */
  readonly path: string;
  /** The name it is sent under: the last element of the path. */
  readonly name: string;
  /** Its size in bytes when it was examined. */
  readonly size: number;
  /** Its modification time then, in milliseconds. */
  readonly modified: number;
  /** Whether it may grow; only `size` bytes are sent then. */
  readonly growing?: boolean;
}

/** A file that the server has stored, with the same checksum on both sides. */
export interface Sent {
  /** POSIX `cksum` of the file. */
  readonly checksum: number;
  /** The revision of the protocol that it was sent in. */
  readonly revision: string;
  /** How often the file was sent: 1 when all went well. */
  readonly attempts: number;
  /** Bits of the AES key, if the server gave a shorter one than the revision has. */
  readonly keyBits?: number;
}

/** A connection to one server that sends files one after the other. */
export interface Uplink {
  /** Whether the server counts on habits, so that it is unlikely to take several connections. */
  readonly hasQuirks: boolean;
  /** Connects before a file is sent; returns whether that succeeded at the first attempt. */
  readonly open: () => Promise<boolean>;
  /**
   * Sends a file until the server confirms it; `onProgress` gets the number of bytes sent. Throws a
   * `ClientError` when that fails; other files may still succeed.
   */
  readonly send: (file: LocalFile, onProgress: (sent: number) => void) => Promise<Sent>;
  /**
   * Another uplink of the same client, over a connection of its own, once a file was begun here. It
   * never retries and never registers: this uplink sends what the sibling cannot.
   */
  readonly sibling: () => Uplink;
  /** Closes all siblings, because the server does not support several connections. */
  readonly closeSiblings: () => Promise<void>;
  /** Closes it and its siblings for good: pending and later calls fail. Can be called again. */
  readonly close: () => Promise<void>;
}

/** Receives events of a transfer. */
export interface Reporter {
  /** A problem, or what is done about it, in one line. */
  readonly trouble: (line: string) => void;
  /** Details of the progress, in one line. */
  readonly detail: (line: string) => void;
}
