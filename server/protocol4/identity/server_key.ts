import { join } from "node:path";
import { messageOf, quotedPath } from "../../../shared/text/quoted.ts";
import { StartupError } from "../../settings/startup_error.ts";
import { keyText } from "../../../shared/protocol4/keys/public_key.ts";
import type { SharedSecrets } from "../../storage/shared_secrets.ts";
import { syncNames } from "../../storage/system/sync_names.ts";
import { keyOf, makeKey, type ServerKey, textOf } from "./key_text.ts";
import { keyAt, readSharedKey, SHARED_KEY } from "./shared_key.ts";

/** The name of the file, in the data folder. */
export const SERVER_KEY_FILE = "server.key";

/** A file that exists from a key change until a server is started. */
const CHANGED = `${SERVER_KEY_FILE}.changed`;

/** A key in PEM has 241 bytes, a change to it 400; what is longer than this is read no further. */
const LONGEST_FILE = 4_096;

/**
 * Reads the key of the server from its data folder, which exists; without one, makes a key that is
 * on the disk when the promise resolves. Servers that share secrets share the key: it is made by
 * the first of them, or is what that one has, and an earlier key of theirs in the folder gives way
 * to it. Throws a `StartupError` if there is a file that is no such key, or never was that of the
 * others, or it cannot be read or written. One call at a time.
 */
export async function serverKey(
  folder: string,
  shared?: Pick<SharedSecrets, "kept" | "keep" | "date">,
): Promise<ServerKey> {
  const key = shared === undefined
    ? await readKey(folder, { make: true })
    : await sharedServerKey(folder, shared);
  await removed(join(folder, CHANGED));
  return key;
}

async function sharedServerKey(
  folder: string,
  shared: Pick<SharedSecrets, "kept" | "keep" | "date">,
): Promise<ServerKey> {
  const path = join(folder, SERVER_KEY_FILE);
  const own = await readKeyFile(path) === undefined
    ? undefined
    : await readKey(folder, { make: false });
  // One that is made here is kept, unless another server has been faster.
  const text = await shared.kept(SHARED_KEY) ??
    await shared.keep(SHARED_KEY, textOf(own ?? await makeKey()));
  const known = await readSharedKey(text);
  const key = keyAt(known, shared.date());
  if (own !== undefined && textOf(own) === textOf(key)) return key;
  const servers = [...known.earlier, keyText(known.newest.spki)];
  if (own !== undefined && !servers.includes(keyText(own.spki))) {
    throw new StartupError(
      `The servers of this database have another key than ${quotedPath(path)}, and clients know ` +
        "them by that one: move this file away, and the server takes theirs",
    );
  }
  await writeKey(folder, key);
  return key;
}

/**
 * Reads the key of a server that was started with this data folder before. Throws a `StartupError`
 * as `serverKey()` does, and if there is none.
 */
export async function knownServerKey(folder: string): Promise<ServerKey> {
  return await readKey(folder, { make: false });
}

/**
 * Returns the text of the key of a server, with the change to it, as servers share it; undefined if
 * its data folder has none. Throws a `StartupError` as `serverKey()` does.
 */
export async function knownServerKeyText(folder: string): Promise<string | undefined> {
  if (await readKeyFile(join(folder, SERVER_KEY_FILE)) === undefined) return undefined;
  return textOf(await knownServerKey(folder));
}

/**
 * Replaces the key that clients know by what `change` makes of it, as `writeKey()` does, and
 * returns the new one. Throws a `StartupError` if there is no key, or if the present one was never
 * shown to clients by a server: they know the key before it, and would accept neither.
 */
export async function changeKey(
  folder: string,
  change: (known: ServerKey) => Promise<ServerKey>,
): Promise<ServerKey> {
  await knownServerKey(folder);
  const changed = join(folder, CHANGED);
  try {
    // Of several concurrent changes only one succeeds.
    await Deno.writeTextFile(changed, "", { createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    throw new StartupError(
      `The key in ${quotedPath(folder)} was changed before, and no server was started with it: ` +
        "start the server, and let clients come, before you change it again",
    );
  }
  try {
    const key = await change(await knownServerKey(folder));
    await writeKey(folder, key);
    return key;
  } catch (error) {
    await removed(changed);
    throw error;
  }
}

async function readKey(folder: string, { make }: { make: boolean }): Promise<ServerKey> {
  const path = join(folder, SERVER_KEY_FILE);
  try {
    const text = await readKeyFile(path);
    if (text !== undefined) return await keyOf(text) ?? refuse(path, "is no key of P-256 in PEM");
    if (!make) {
      throw new StartupError(
        `There is no ${
          quotedPath(path)
        }: name the server's data folder with --data, or start the ` +
          "server first",
      );
    }
    const made = await makeKey();
    await writeKey(folder, made);
    return made;
  } catch (error) {
    if (error instanceof StartupError) throw error;
    throw new StartupError(
      `Could not read or write the server's key ${quotedPath(path)}: ${messageOf(error)}`,
      { cause: error },
    );
  }
}

/** Returns undefined if there is no file. */
async function readKeyFile(path: string): Promise<string | undefined> {
  const found = await Deno.lstat(path).catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  if (!found.isFile) return refuse(path, "is a folder or a link, not a file");
  if (found.size > LONGEST_FILE) return refuse(path, `has more than ${LONGEST_FILE} bytes`);
  // A copy from a backup may be readable by others.
  if (((found.mode ?? 0) & 0o077) !== 0) await Deno.chmod(path, 0o600);
  return new TextDecoder().decode(await Deno.readFile(path));
}

/**
 * Keeps a key, with the change to it, in the place of the one before. It is on the disk when the
 * promise resolves, and half a key is never found. Throws the system's errors.
 */
export async function writeKey(
  folder: string,
  { pkcs8, rotation }: Pick<ServerKey, "pkcs8" | "rotation">,
): Promise<void> {
  await writeText(folder, textOf({ pkcs8, ...(rotation && { rotation }) }));
}

async function writeText(folder: string, text: string): Promise<void> {
  const unfinished = join(folder, `${SERVER_KEY_FILE}.new`);
  await removed(unfinished);
  {
    using file = await Deno.open(unfinished, { write: true, createNew: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.byteLength;) at += await file.write(bytes.subarray(at));
    await file.sync();
  }
  await Deno.rename(unfinished, join(folder, SERVER_KEY_FILE));
  await syncNames(folder);
}

async function removed(path: string): Promise<void> {
  await Deno.remove(path).catch((error: unknown) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}

function refuse(path: string, what: string): never {
  throw new StartupError(
    `${quotedPath(path)} ${what}, and clients know the server by this key: put a copy of it from ` +
      "a backup there, or move it away to make another key, which each client has to accept again",
  );
}
