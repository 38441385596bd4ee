import type { Address } from "../../shared/text/address.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { BUILD } from "../build.ts";
import { localError, systemReason } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";

/** Where a client's files may be. */
export interface Places {
  /** The folder that the program was started in. */
  readonly current: string;
  /** The folder that the program lies in, if that is its own: it is installed then. */
  readonly own: string | undefined;
  /** The user's folder for it, if there may be one. */
  readonly userFolder: string | undefined;
}

/** Where a client's files are. */
export interface ClientFolders {
  /** The folder of `transfer.info`. */
  readonly folder: string;
  /** Where the identity for a server is looked for: the folder that counts most first. */
  readonly identities: readonly string[];
  /** Where a new one is kept; one of `identities`. */
  readonly newIn: string;
  /** The user's own folder, where it has a part in this; it need not exist. */
  readonly userFolder: string | undefined;
}

/** Where the identities of a client's folders are looked for, and kept. */
export interface IdentityPlaces {
  /** The client's folders, the one that counts most first. */
  readonly folders: readonly string[];
  /** The folder, one of `folders`, in which a new one is kept. */
  readonly newIn: string;
  /**
   * The user's own folder for this client, which remembers the last server; undefined without one.
   */
  readonly userFolder: string | undefined;
  /** The server that the `transfer.info` in the first of them names. */
  readonly planned: () => Promise<Address | undefined>;
}

/**
 * The places of identities in folders, of which `plannedServer` tells the server in
 * `transfer.info`.
 */
export function identityPlaces(
  { folder, identities, newIn, userFolder }: ClientFolders,
  plannedServer: (folder: string) => Promise<Address | undefined>,
): IdentityPlaces {
  const isFirst = identities[0] === folder;
  const planned = () => isFirst ? plannedServer(folder) : Promise.resolve(undefined);
  return { folders: identities, newIn, userFolder, planned };
}

/**
 * The places of this client, started in a folder. Only one that is installed uses the user's own.
 */
export async function usualPlaces(
  current: string,
  env: (name: string) => string | undefined,
): Promise<Places> {
  const own = BUILD.folder;
  if (own === undefined) return { current, own, userFolder: undefined };
  const { userFolder } = await import("./user_folder.ts");
  return { current, own, userFolder: userFolder({ env }) };
}

/** The file that holds all of an identity. */
export const ME_INFO = "me.info";
/** The file that holds its private key once more. */
export const PRIV_KEY = "priv.key";

/** The files that make a folder a client's. */
const FILES = ["transfer.info", ME_INFO, PRIV_KEY];

/**
 * The folders of `transfer.info`, `me.info` and `priv.key`: the one that `--dir` names, else the
 * current one. Without any of them there, it is the program's own folder, if one of them is in
 * that. They are never taken from both, since they belong together. Where none is in either, an
 * installed client keeps the identity in the user's own folder, which is looked into behind the
 * others.
 *
 * Throws a `ClientError` (`bad-setting`) when `dir` is not a folder: it is not made, since a
 * misspelt one would cost the client its identity.
 */
export async function clientFolders(
  dir: string | undefined,
  { current, own, userFolder }: Places,
): Promise<ClientFolders> {
  if (dir !== undefined) {
    await checkFolder(dir);
    return { folder: dir, identities: [dir], newIn: dir, userFolder: undefined };
  }
  const chosen = own === undefined || await isClients(current)
    ? current
    : await isClients(own)
    ? own
    : undefined;
  const folder = chosen ?? current;
  if (userFolder === undefined) return { folder, identities: [folder], newIn: folder, userFolder };
  const isFresh = chosen === undefined;
  const identities = isFresh ? [userFolder] : [folder, userFolder];
  return { folder, identities, newIn: isFresh ? userFolder : folder, userFolder };
}

async function checkFolder(dir: string): Promise<void> {
  const shown = quotedPath(dir);
  try {
    if ((await Deno.stat(dir)).isDirectory) return;
  } catch (error) {
    const fault = error instanceof Deno.errors.NotFound
      ? `There is no folder ${shown}; make it, or name another one with --dir`
      : `Cannot look at ${shown}: ${systemReason(error)}; name another folder with --dir`;
    throw localError("bad-setting", fault, error);
  }
  throw localError("bad-setting", `${shown} is not a folder; name one with --dir`);
}

async function isClients(folder: string): Promise<boolean> {
  const there = await Promise.all(
    FILES.map((name) => Deno.lstat(inFolder(folder, name)).then(() => true, () => false)),
  );
  return there.includes(true);
}
