/** The interface that listing, fetching and changing stored files needs of any protocol. */

/** What all entries of a tree have. */
interface EntryBase {
  /** The names from the root to the entry, as the server says them: nothing of them is trusted. */
  readonly path: readonly string[];
  /** Milliseconds since 1970 of the last change of its contents, if the server knows it. */
  readonly modified?: number;
  /** Permissions, 0 to 0o777, if the server knows them. */
  readonly mode?: number;
}

/** A stored file. */
export interface RemoteFile extends EntryBase {
  readonly kind: "file";
  /** Bytes. */
  readonly size: number;
  /** Text that is the same for the same contents only; at most 120 characters. */
  readonly tag: string;
}

/** A folder, empty or not. */
export interface RemoteFolder extends EntryBase {
  readonly kind: "folder";
}

/** A symbolic link. */
export interface RemoteLink extends EntryBase {
  readonly kind: "link";
  /** Where it points to, as its owner wrote it. */
  readonly target: string;
  /** Text that is the same for the same target only, and that of no file. */
  readonly tag: string;
}

export type RemoteEntry = RemoteFile | RemoteFolder | RemoteLink;

/** Compares contents with what a server says of them. */
export interface ContentCheck {
  /** Adds the next bytes, of any number. They are not kept. */
  readonly add: (bytes: Uint8Array) => void;
  /** Whether all that was added is what the tag of the file says. To be called once, at the end. */
  readonly matches: () => boolean;
}

/** The tree of one client at one server. */
export interface RemoteFiles {
  /** Returns what is at a path, or undefined if there is nothing. Throws a `ClientError`. */
  readonly entry: (path: readonly string[]) => Promise<RemoteEntry | undefined>;
  /**
   * Lists what is in a folder, with all below it if `recursive`: a folder before what is in it.
   * Throws a `ClientError`.
   */
  readonly list: (
    path: readonly string[],
    options: { readonly recursive: boolean },
  ) => AsyncIterable<RemoteEntry>;
  /**
   * Opens the contents of a file from a byte on. Throws a `ClientError`, `file-changed`, when its
   * contents are not those of `file.tag` any more. Each piece is overwritten by the next.
   * When the connection is lost, the pieces end early or with a `ClientError`.
   */
  readonly read: (file: RemoteFile, from: number) => Promise<AsyncIterable<Uint8Array>>;
  /** Begins a comparison with the tag of a file. */
  readonly check: (file: RemoteFile) => Promise<ContentCheck>;
  /** Makes a folder with those above it; one that is there stays. Throws a `ClientError`. */
  readonly makeFolder: (path: readonly string[]) => Promise<void>;
  /**
   * Removes an entry, a folder only with `recursive` or when it is empty. Throws a `ClientError`.
   */
  readonly remove: (
    path: readonly string[],
    options: { readonly recursive: boolean },
  ) => Promise<void>;
  /** Moves an entry with all below it. Throws a `ClientError`. */
  readonly move: (
    from: readonly string[],
    to: readonly string[],
    options: { readonly replace: boolean },
  ) => Promise<void>;
}
