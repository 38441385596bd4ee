import { quoted } from "../../text/quoted.ts";
import { isTimeText, parseMode } from "./file_times.ts";
import { PathError, splitPath } from "./resource_path.ts";

/**
 * What is said of a file or folder beside its contents, as text, in every place where it is said.
 */
export interface FileMetadata {
  /** Relative to the client's tree, with `/` between its elements. */
  readonly path: string;
  /** Time of modification; see `isTimeText()`. */
  readonly mtime?: string | undefined;
  /** Permissions; see `parseMode()`. */
  readonly mode?: string | undefined;
  /** The target of a symbolic link; such a file has no contents. */
  readonly link?: string | undefined;
}

/** What is said of an entry of a batch: what a request for it alone would have in headers too. */
export interface BatchMetadata extends FileMetadata {
  /** As the header `If-Match`: tags with commas between them, or `*`. */
  readonly ifMatch?: string | undefined;
  /** As the header `If-None-Match`: `*`, or nothing. */
  readonly ifNoneMatch?: string | undefined;
}

/** The most bytes of a condition: 64 tags. */
const MAX_CONDITION = 8192;

/** The most bytes of the target of a link (PATH_MAX of Linux). */
export const MAX_LINK_BYTES = 4096;

/** Why metadata was refused; each is a reason of a problem too. */
export type MetadataReason = "bad-metadata" | PathError["reason"];

/** Metadata that cannot be used. */
export class MetadataError extends Error {
  override readonly name = "MetadataError";
  readonly reason: MetadataReason;

  constructor(reason: MetadataReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

const utf8 = new TextEncoder();

/**
 * Metadata from values that were received; all others are left out. Throws a `MetadataError`:
 * `bad-metadata` for a value of another form, and as `splitPath()` does for the path, which is not
 * empty.
 */
export function checkMetadata(values: Readonly<Record<string, unknown>>): FileMetadata {
  const { path, mtime, mode, link } = values;
  if (typeof path !== "string" || path === "") {
    throw new MetadataError("bad-metadata", "The metadata has no path");
  }
  try {
    splitPath(path);
  } catch (error) {
    if (error instanceof PathError) throw new MetadataError(error.reason, error.message);
    throw error;
  }
  return {
    path,
    ...(mtime !== undefined && { mtime: checked("mtime", mtime, isTimeText) }),
    ...(mode !== undefined && { mode: checked("mode", mode, isMode) }),
    ...(link !== undefined && { link: checked("link", link, isLink) }),
  };
}

/** The same for an entry of a batch. Throws as `checkMetadata()`, also for a condition. */
export function checkBatchMetadata(values: Readonly<Record<string, unknown>>): BatchMetadata {
  const { ifMatch, ifNoneMatch } = values;
  return {
    ...checkMetadata(values),
    ...(ifMatch !== undefined && { ifMatch: checked("ifMatch", ifMatch, isCondition) }),
    ...(ifNoneMatch !== undefined && {
      ifNoneMatch: checked("ifNoneMatch", ifNoneMatch, isCondition),
    }),
  };
}

function isCondition(text: string): boolean {
  return text !== "" && text.length <= MAX_CONDITION;
}

function checked(what: string, value: unknown, isRight: (text: string) => boolean): string {
  if (typeof value === "string" && isRight(value)) return value;
  throw new MetadataError(
    "bad-metadata",
    `The ${what} ${quoted(String(value))} of a file is not of its form`,
  );
}

function isMode(text: string): boolean {
  return parseMode(text) !== undefined;
}

function isLink(text: string): boolean {
  return text !== "" && !text.includes("\0") && text.isWellFormed() &&
    utf8.encode(text).byteLength <= MAX_LINK_BYTES;
}
