import { dirname, join, resolve } from "node:path";
import { RECEIVED_FILES } from "../../names/location.ts";
import { StorageError } from "../../storage_error.ts";
import { messageOf } from "../../../../shared/text/quoted.ts";
import { diskError } from "../disk_error.ts";
import { syncFolder } from "./durable_folder.ts";

/** Called with a sentence that an operator should read, about something that is no error. */
export type Warn = (notice: string) => void;

/** The database of the catalog. Other servers of the protocol use the same name. */
const DATABASE = "defensive.db";

/** Names that do not count as files of others: made by a server at its start, or by the system. */
const NEUTRAL: readonly string[] = [
  ...["lock", "staging", "defensive.db-wal", "defensive.db-shm", "defensive.db-journal"],
  "defensive.db-reserve",
  ...["lost+found", ".snapshot", ".DS_Store", ".localized", ".gitignore", ".gitkeep"],
  ...["desktop.ini", "Thumbs.db", "System Volume Information", "$RECYCLE.BIN"],
  // The course has everything in one folder.
  "port.info",
];

/** Maximum number of other files named in a message. */
const NAMED = 3;

/**
 * Creates the folder at `root`, readable by its owner alone, and missing folders above it, and
 * syncs them. Returns whether it was created.
 *
 * Throws a `StorageError`: `path-not-a-folder`, or why it cannot be created.
 */
export async function makeRoot(
  root: string,
  { warn }: { readonly warn: Warn },
): Promise<boolean> {
  try {
    return await makeWithParents(resolve(root), warn);
  } catch (error) {
    const quoted = JSON.stringify(root);
    const blocked = error instanceof Deno.errors.AlreadyExists ||
      error instanceof Deno.errors.NotADirectory;
    if (!blocked) throw diskError(error, `make the folder ${quoted}`);
    throw new StorageError(
      "path-not-a-folder",
      `${quoted} is not a folder: name another one with --data`,
      { cause: error },
    );
  }
}

async function makeWithParents(path: string, warn: Warn): Promise<boolean> {
  const there = await Deno.stat(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (there?.isDirectory) return false;
  const parent = dirname(path);
  if (there === undefined && parent !== path) await makeWithParents(parent, warn);
  await Deno.mkdir(path, { mode: 0o700 });
  try {
    await syncFolder(parent);
  } catch (error) {
    // The folder may not be readable, or its file system may not support the sync.
    warn(`The new folder ${JSON.stringify(path)} may be lost with the power: ${messageOf(error)}`);
  }
  return true;
}

/**
 * Throws a `StorageError`, `data-foreign`, if the folder at `root` has other files, and nothing
 * shows that a server has used it before.
 */
export async function refuseForeign(root: string): Promise<void> {
  const strangers: string[] = [];
  try {
    for await (const { name } of Deno.readDir(root)) {
      if (name === RECEIVED_FILES) return;
      if (name === DATABASE && await isCatalog(join(root, name))) return;
      if (!NEUTRAL.includes(name)) strangers.push(name);
    }
  } catch (error) {
    throw diskError(error, `look into the folder ${JSON.stringify(root)}`);
  }
  if (strangers.length === 0) return;
  const named = strangers.sort().slice(0, NAMED).map((name) => JSON.stringify(name)).join(", ");
  const more = strangers.length > NAMED ? ` and ${strangers.length - NAMED} more` : "";
  throw new StorageError(
    "data-foreign",
    `The folder ${JSON.stringify(root)} has other files, ${named}${more}, and no server has used ` +
      "it before: name an empty folder, or a new one, with --data",
  );
}

/**
 * Whether a SQLite database has a schema version, as ours has once it was opened. The format is
 * described at https://www.sqlite.org/fileformat.html. Other faults are found when it is opened.
 */
async function isCatalog(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const header = new Uint8Array(100);
  const size = await file.read(header) ?? 0;
  return size === header.length && new DataView(header.buffer).getUint32(60) !== 0;
}

/**
 * Removes all permissions of group and others from the folder at `root`, with a warning. A folder
 * of another user, or one whose permissions cannot be changed, is left as it is, with a warning
 * too.
 */
export async function ensurePrivate(
  root: string,
  { own, warn }: {
    /** The user id of this process; null if the system has none. */
    readonly own: number | null;
    readonly warn: Warn;
  },
): Promise<void> {
  if (Deno.build.os === "windows") return;
  const quoted = JSON.stringify(root);
  const { mode, uid } = await Deno.stat(root);
  const permissions = (mode ?? 0) & 0o7777;
  if (uid !== own) {
    return warn(
      `The folder ${quoted} belongs to another user (${uid}), who can see and change what is ` +
        `stored; its permissions (${octal(permissions)}) are left as they are`,
    );
  }
  if ((permissions & 0o077) === 0) return;
  try {
    await Deno.chmod(root, 0o700);
    warn(
      `Took the permissions of group and others from the folder ${quoted}: they were ` +
        `${octal(permissions)} and are 0700 now`,
    );
  } catch (error) {
    warn(
      `Others may see what is stored: the permissions of the folder ${quoted} are ` +
        `${octal(permissions)}, and cannot be changed (${messageOf(error)})`,
    );
  }
}

/** Formats permissions in octal, as `chmod` takes them. */
export function octal(permissions: number): string {
  return permissions.toString(8).padStart(4, "0");
}
