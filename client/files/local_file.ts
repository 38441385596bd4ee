import { quotedPath, runtimeRefusal } from "../../shared/text/quoted.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { ClientError, localError, systemReason } from "../client_error.ts";
import type { LocalFile } from "../uplink.ts";
import { isPattern, lastName } from "./paths.ts";

/**
 * The most bytes that a file may have: with padding its size is a multiple of 16 in an unsigned
 * 32-bit number.
 */
export const MAX_FILE_SIZE = 0xffff_ffef;

export interface LookOptions {
  /** Whether files may grow while they are sent; only the bytes they had before are sent. */
  readonly growing?: boolean;
}

/**
 * Examines a file to send. The calls are synchronous: asking another thread takes several times as
 * long as the call itself, and there may be thousands of files.
 *
 * Throws a `ClientError` when it cannot be sent: missing, a folder or not a regular file, not
 * readable, too large for the protocol, or with a name that does not fit.
 */
export function lookAtFile(path: string, options: LookOptions = {}): Promise<LocalFile> {
  return Promise.try(() => look(path, options));
}

function look(path: string, { growing = false }: LookOptions): LocalFile {
  if (path === "") throw localError("file-missing", "No file is named; give the path of one");
  const shown = quotedPath(path);
  if (isPattern(path)) {
    throw localError(
      "file-missing",
      `No file fits ${shown}; check the path, only its last part may have * and ?`,
    );
  }
  try {
    // Checked before opening: opening a pipe would wait for a writer.
    const info = Deno.statSync(path);
    if (info.isDirectory) {
      throw localError(
        "file-is-a-folder",
        `${shown} is a folder, and protocol 3 sends files only; name the files in it, or with ` +
          "--server a server that you have logged in to",
      );
    }
    if (!info.isFile) {
      throw localError("file-not-regular", `${shown} is not a regular file; copy it into one`);
    }
    if (info.size > MAX_FILE_SIZE) {
      throw localError(
        "file-too-large",
        `${shown} has ${info.size} bytes, and protocol 3 carries less than 4 GiB; split it`,
      );
    }
    openFile(path).close();
    const name = wireName(path);
    const modified = modifiedAt(info);
    return { path, name, size: info.size, modified, ...(growing && { growing }) };
  } catch (error) {
    throw readError(error, path);
  }
}

/** Opens a file for reading. Throws as `lookAtFile()` does where it cannot be opened. */
export function openFile(path: string): Deno.FsFile {
  try {
    return Deno.openSync(path);
  } catch (error) {
    throw readError(error, path);
  }
}

/**
 * Throws a `ClientError` (`file-changed`) when a file has changed since it was examined, unless it
 * may grow: then the bytes it had were all read.
 */
export function checkUnchanged(file: LocalFile, opened: Deno.FsFile): void {
  if (file.growing) return;
  if (!isUnchanged(file, statOf(file, opened))) throw fileChanged(file);
}

/**
 * Whether a file is as it was looked at, by size and time, or, if it may grow, has at least what it
 * had.
 */
export function isUnchanged(
  { size, modified, growing = false }: Pick<LocalFile, "size" | "modified" | "growing">,
  now: Pick<Deno.FileInfo, "size" | "mtime">,
): boolean {
  return growing ? now.size >= size : now.size === size && modifiedAt(now) === modified;
}

/** Milliseconds since 1970 of the last change; Infinity for a time that no `Date` can be. */
export function modifiedAt({ mtime }: Pick<Deno.FileInfo, "mtime">): number {
  const milliseconds = mtime?.getTime() ?? 0;
  return Number.isNaN(milliseconds) ? Infinity : milliseconds;
}

/** The error for a file that changed while it was sent. */
export function fileChanged({ path, growing }: Pick<LocalFile, "path" | "growing">): Error {
  const fault = growing ? "became shorter" : "changed";
  const way = growing ? "" : ", or with --allow-growing if it only grows";
  return localError(
    "file-changed",
    `${quotedPath(path)} ${fault} while it was sent; nothing of it was stored, send it again ` +
      `when nobody writes to it${way}`,
  );
}

function statOf({ path }: LocalFile, opened: Deno.FsFile): Deno.FileInfo {
  try {
    return opened.statSync();
  } catch (error) {
    throw readError(error, path);
  }
}

function wireName(path: string): string {
  // Normal form C, which most systems write; names on macOS may have form D.
  const name = lastName(path).normalize("NFC");
  try {
    return TextField.of(name).text;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw localError(
      "file-name-too-long",
      `The name ${quotedPath(name)} is longer than 254 bytes, the most that protocol 3 can say; ` +
        "send the file under another one",
    );
  }
}

/**
 * The `ClientError` for a file that the system cannot find, open or read. Rethrows any error that
 * is not the system's.
 */
export function readError(error: unknown, path: string): ClientError {
  if (error instanceof ClientError) return error;
  // System errors have a code; refusals of the runtime have a class.
  const isSystem = error instanceof Error && "code" in error ||
    error instanceof Deno.errors.NotCapable;
  if (!isSystem) throw error;
  const shown = quotedPath(path);
  if (error instanceof Deno.errors.NotFound) {
    return localError("file-missing", missing(path), error);
  }
  if (error instanceof Deno.errors.NotADirectory) {
    return localError(
      "file-missing",
      `There is no file ${shown}: another file stands where a folder should; check the path`,
      error,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return localError(
      "file-not-readable",
      `${shown} is not readable for you; check its permissions`,
      error,
    );
  }
  const way = runtimeRefusal(error) === undefined ? "" : "; copy it to an ordinary folder";
  return localError(
    "file-not-readable",
    `Cannot read ${shown}: ${systemReason(error)}${way}`,
    error,
  );
}

function missing(path: string): string {
  const shown = quotedPath(path);
  if (isLink(path)) return `${shown} is a link to a file that is not there; mend the link`;
  // The runtime replaces bytes that are not UTF-8 with this character.
  if (path.includes("\ufffd")) {
    return `There is no file ${shown}; if its name is not UTF-8 no program of this runtime can ` +
      "open it: rename it";
  }
  return `There is no file ${shown}; check the path`;
}

function isLink(path: string): boolean {
  try {
    return Deno.lstatSync(path).isSymlink;
  } catch {
    return false;
  }
}
