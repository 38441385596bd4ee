/** What sending files needs of a protocol, whichever it is. */

/** A file to be sent. */
export interface LocalFile {
  /** Its path, as the user gave it or found. */
  readonly path: string;
  /** The name that it is sent under: the last element of the path. */
  readonly name: string;
  /** Its size in bytes when it was looked at. */
  readonly size: number;
  /** When it was last modified, in milliseconds, as of then. */
  readonly modified: number;
  /** Whether it may have grown since, and is sent as long as it was. */
  readonly growing?: boolean;
}

/** A file that the server keeps, with the same checksum on both sides. */
export interface Sent {
  /** POSIX `cksum` of the file. */
  readonly checksum: number;
  /** The revision of the protocol that it was sent in. */
  readonly revision: string;
  /** How often the file was sent: 1 when all went well. */
  readonly attempts: number;
}

/** The way to one server, for one file after the other. */
export interface Uplink {
  /** Connects and makes ready, ahead of a file; whether that went well at the first try. */
  readonly open: () => Promise<boolean>;
  /**
   * Sends a file until the server confirms that it has it; `onProgress` takes how many bytes of it
   * were sent. Throws a `ClientError` when that cannot be reached; another file may still be.
   */
  readonly send: (file: LocalFile, onProgress: (sent: number) => void) => Promise<Sent>;
  /**
   * Another uplink of the same client, over a connection of its own, once a file was begun here. It
   * never tries again and never registers: this one can send what the sibling cannot.
   */
  readonly sibling: () => Uplink;
  /** Closes all siblings, because the server does not do well with several connections. */
  readonly closeSiblings: () => Promise<void>;
  /**
   * Closes it and its siblings for good: what they are still asked to do fails. Harmless when
   * repeated.
   */
  readonly close: () => Promise<void>;
}

/** Takes what happens on the way. */
export interface Reporter {
  /** Something went wrong, or what is done about it: one line. */
  readonly trouble: (line: string) => void;
  /** How things go, for those who asked for details: one line. */
  readonly detail: (line: string) => void;
}
