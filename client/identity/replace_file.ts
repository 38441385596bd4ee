import { quotedPath } from "../../shared/text/quoted.ts";
import { lateBuiltin } from "../../shared/runtime.ts";
import { type Clock, pause } from "../../shared/clock.ts";
import { type ClientError, localError, systemReason } from "../client_error.ts";

export interface WriteOptions {
  /** The clock for the retries of a rename. */
  readonly clock: Clock;
  /** Receives a line when a sync is not possible. Default: ignored. */
  readonly tell?: ((line: string) => void) | undefined;
}

/**
 * Milliseconds for which a rename is retried: virus scanners and indexers keep new files open that
 * long.
 */
const RENAME_TIME = 2_000;

/** Milliseconds between two attempts of a rename. */
const RENAME_PAUSE = 50;

/** Codes of a rename that may succeed later. */
const FOR_NOW: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM", "EBUSY"]);

/** Codes of file systems that do not support syncing; no data was lost. */
const NO_SYNC: ReadonlySet<string | undefined> = new Set([
  ...["EACCES", "EBADF", "EINVAL", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EPERM"],
]);

/**
 * Replaces a file atomically, readable by its owner alone: after a crash the old or the new content
 * is there, synced. Throws a `ClientError` when it cannot be written; the old file then remains.
 */
export async function replaceFile(
  path: string,
  content: string,
  options: WriteOptions,
): Promise<void> {
  const { basename, dirname, join } = lateBuiltin("node:path");
  const draft = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}`);
  try {
    await writeNew(draft, content, options);
    await renameRetrying(draft, path, options);
  } catch (error) {
    // It contains a private key.
    await Deno.remove(draft).catch(() => {});
    throw cannotWrite(path, error);
  }
  await syncFolder(dirname(path), options);
}

/** Creates a file, readable by its owner alone, and syncs it. */
export async function writeNew(
  path: string,
  content: string,
  options: WriteOptions,
): Promise<void> {
  using file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  const bytes = new TextEncoder().encode(content);
  for (let rest = bytes; rest.byteLength > 0;) rest = rest.subarray(await file.write(rest));
  await syncFile(file, path, options);
}

/** Syncs an open file. Warns if the file system does not support that. */
export async function syncFile(
  file: Deno.FsFile,
  path: string,
  { tell }: WriteOptions,
): Promise<void> {
  try {
    await file.sync();
  } catch (error) {
    if (!NO_SYNC.has(codeOf(error))) throw error;
    tell?.(notSynced(path, error));
  }
}

/** Renames a file; retries for two seconds while another program blocks it. */
async function renameRetrying(
  from: string,
  to: string,
  { clock }: Pick<WriteOptions, "clock">,
): Promise<void> {
  const end = clock.now() + RENAME_TIME;
  for (;;) {
    try {
      return await Deno.rename(from, to);
    } catch (error) {
      if (!FOR_NOW.has(codeOf(error)) || clock.now() > end) throw error;
      await pause(clock, RENAME_PAUSE);
    }
  }
}

/**
 * Moves a file. From another disk it is copied, synced, and removed there last, so that one of the
 * two is there after a crash. Throws the system's error, or a `ClientError` from the copy.
 */
export async function moveFile(from: string, to: string, options: WriteOptions): Promise<void> {
  try {
    return await renameRetrying(from, to, options);
  } catch (error) {
    if (codeOf(error) !== "EXDEV") throw error;
  }
  await replaceFile(to, await Deno.readTextFile(from), options);
  await Deno.remove(from);
}

/**
 * Makes a rename durable. Warns if the folder cannot be synced, as on some network and encrypted
 * file systems.
 */
export async function syncFolder(folder: string, { tell }: WriteOptions): Promise<void> {
  // Windows does not open folders, and makes a rename durable by itself.
  if (Deno.build.os === "windows") return;
  try {
    using opened = await Deno.open(folder);
    await opened.sync();
  } catch (error) {
    tell?.(notSynced(folder, error));
  }
}

function notSynced(path: string, error: unknown): string {
  return `${quotedPath(path)} cannot be synced (${systemReason(error)}): a power cut within the ` +
    "next seconds may undo what was written there";
}

/**
 * Creates a folder with access for its owner alone, unless it exists; with `recursive`, its parents
 * too. Throws a `ClientError` (`identity-not-writable`) when that fails.
 */
export async function makePrivateFolder(
  path: string,
  { recursive = false }: { readonly recursive?: boolean } = {},
): Promise<void> {
  for (let tries = 1;; tries++) {
    try {
      return await Deno.mkdir(path, { recursive, mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw cannotWrite(path, error);
      const there = await Deno.stat(path).catch(() => undefined);
      if (there?.isDirectory) return;
      // Another client may have removed it since, and may create it again at any moment; only a
      // dangling link remains.
      if (there !== undefined || tries === MOST_TRIES) throw cannotWrite(path, error);
    }
  }
}

/** How often other clients may remove the folder while it is being created. */
const MOST_TRIES = 100;

const NAME_ANOTHER = "name another folder with --dir";

/** The cause and the advice for each system error code of a failed write. */
const CAUSES: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; make room on it",
  EDQUOT: "your quota on that disk is used up; make room in it",
  EFBIG: "files may not be that large here; raise the limit (ulimit -f)",
  EROFS: `the file system is read-only; ${NAME_ANOTHER}`,
  EACCES: `you may not write there; change the permissions of the folder, or ${NAME_ANOTHER}`,
  EPERM: `you may not write there; change the permissions of the folder, or ${NAME_ANOTHER}`,
  EBUSY: "another program holds it; end that program, and try again",
  ENOENT: `the folder is missing; make it, or ${NAME_ANOTHER}`,
  ENOTDIR: `a part of its path is a file, not a folder; ${NAME_ANOTHER}`,
  EISDIR: `a folder has that name; move it away, or ${NAME_ANOTHER}`,
  ENOTEMPTY: `a folder has that name; move it away, or ${NAME_ANOTHER}`,
  EEXIST: `something else has that name; move it away, or ${NAME_ANOTHER}`,
  ENAMETOOLONG: `its path is too long; ${NAME_ANOTHER}`,
  ELOOP: `its path leads through too many links; ${NAME_ANOTHER}`,
  EIO: `the disk reports an error; check it, or ${NAME_ANOTHER}`,
  EMFILE: "too many files are open; raise the limit (ulimit -n)",
  ENFILE: "too many files are open on this machine; end some programs",
};

/** The system's code of an error, such as `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  // Deno's own refusals have no system code.
  if (error instanceof Deno.errors.NotCapable) return "EACCES";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/**
 * The `ClientError` (`identity-not-writable`) for a file that cannot be written, with the cause
 * and, after a semicolon, what to do.
 */
export function cannotWrite(path: string, error: unknown): ClientError {
  const cause = CAUSES[codeOf(error) ?? ""] ??
    `${systemReason(error)}; see to that, or ${NAME_ANOTHER}`;
  return localError("identity-not-writable", `Cannot write ${quotedPath(path)}: ${cause}`, error);
}
