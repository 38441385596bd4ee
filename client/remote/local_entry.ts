/** What is to be sent to a tree on a server. */

interface EntryBase {
  /** The path on this system. */
  readonly path: string;
  /** The names from the root of the tree to where it is to be, in Unicode form C. */
  readonly to: readonly string[];
  /** Milliseconds since 1970 of its last change, when it was looked at. */
  readonly modified: number;
  /** Permissions, 0 to 0o777; undefined on Windows, which has none. */
  readonly mode?: number;
}

/** A file with contents. */
export interface LocalFileEntry extends EntryBase {
  readonly kind: "file";
  /** Bytes. */
  readonly size: number;
  /** The number of the file in its file system: another file in its place has another one. */
  readonly inode?: number;
  /** Whether it may grow while it is sent, and of it only the bytes that it had are. */
  readonly growing?: boolean;
}

/** A folder, empty or not. */
export interface LocalFolderEntry extends EntryBase {
  readonly kind: "folder";
}

/** A symbolic link below a folder that is sent. */
export interface LocalLinkEntry extends EntryBase {
  readonly kind: "link";
  readonly target: string;
}

export type LocalEntry = LocalFileEntry | LocalFolderEntry | LocalLinkEntry;
