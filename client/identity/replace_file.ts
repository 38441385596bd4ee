import { quotedPath } from "../../shared/text/quoted.ts";
import { lateBuiltin } from "../../shared/late_builtin.ts";
import { type Clock, pause } from "../../shared/clock.ts";
import { systemReason } from "../client_error.ts";
import { cannotWrite, codeOf } from "./write_error.ts";

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
