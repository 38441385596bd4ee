import { dirname, join, resolve } from "node:path";
import { RECEIVED_FILES } from "../names/path_name.ts";
import { StorageError } from "../storage_error.ts";
import { messageOf } from "../system_fault.ts";
import { diskError } from "./disk_error.ts";
import { syncFolder } from "./durable_folder.ts";

/** Told what an operator should know that does not keep the server from its work, as a sentence. */
export type Warn = (notice: string) => void;

/** Where the catalog is, and so does the database of other servers of the protocol have it. */
const DATABASE = "defensive.db";

/** What may be there before a server has ever used a folder, made by it or by the system. */
const NEUTRAL: readonly string[] = [
  ...["lock", "staging", "defensive.db-wal", "defensive.db-shm", "defensive.db-journal"],
  ...["lost+found", ".snapshot", ".DS_Store", ".localized", ".gitignore", ".gitkeep"],
  ...["desktop.ini", "Thumbs.db", "System Volume Information", "$RECYCLE.BIN"],
  // Of the course: it has everything in one folder.
  "port.info",
];

/** Strangers that a message names. */
const NAMED = 3;

/**
 * Makes the folder at `root`, readable by its owner alone, with those above it that are missing;
 * all of them are on the disk then. Returns whether it was made.
 *
 * Throws a `StorageError`: `path-not-a-folder`, or why it cannot be made.
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
    // Its owner may not let it be read, or the file system may have no such sync.
    warn(`The new folder ${JSON.stringify(path)} may be lost with the power: ${messageOf(error)}`);
  }
  return true;
}

/**
 * Throws a `StorageError`, `data-foreign`, when the folder at `root` has files of others, and
 * nothing that shows that a server has used it before.
 */
export async function refuseStrangers(root: string): Promise<void> {
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
 * Whether a SQLite database has a version of its schema, as ours has once it was opened; the format
 * is at https://www.sqlite.org/fileformat.html. What else is wrong with it shows when it is opened.
 */
async function isCatalog(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const header = new Uint8Array(100);
  const size = await file.read(header) ?? 0;
  return size === header.length && new DataView(header.buffer).getUint32(60) !== 0;
}

/**
 * Takes all permissions on the folder at `root` from group and others, and says so. A folder of
 * another user is left as it is, as is one whose permissions cannot be changed; that is said too.
 */
export async function keepPrivate(
  root: string,
  { own, warn }: {
    /** The user that files belong to which this process makes; null where there are no users. */
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

/** Permissions as `chmod` takes them. */
export function octal(permissions: number): string {
  return permissions.toString(8).padStart(4, "0");
}
