import type { Address } from "../../shared/text/address.ts";
import { quotedPath } from "../../shared/text/quoted.ts";
import { BUILD } from "../build.ts";
import { localError, systemReason } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";

/** The folders in which a client's files may be. */
export interface Places {
  /** The folder that the program was started in. */
  readonly current: string;
  /** The folder of the program if it is installed in one of its own. */
  readonly own: string | undefined;
  /** The user's folder for it, if there may be one. */
  readonly userFolder: string | undefined;
}

/** Where a client's files are. */
export interface ClientFolders {
  /** The folder of `transfer.info`. */
  readonly folder: string;
  /** Folders in which the identity for a server is searched, in order. */
  readonly identities: readonly string[];
  /** The folder for a new identity; one of `identities`. */
  readonly newIn: string;
  /** The user's own folder, if it is used; it may not exist. */
  readonly userFolder: string | undefined;
}

/** Where identities are searched and stored. */
export interface IdentityPlaces {
  /** The client's folders, in the order of the search. */
  readonly folders: readonly string[];
  /** The folder for a new identity; one of `folders`. */
  readonly newIn: string;
  /**
   * The user's own folder for this client, which stores the last server; undefined if there is
   * none.
   */
  readonly userFolder: string | undefined;
  /** The server in the `transfer.info` of the first folder. */
  readonly planned: () => Promise<Address | undefined>;
}

/**
 * The places of identities in these folders; `plannedServer` reads the server from a
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
 * The places of this client when started in a folder. Only an installed client uses the user's
 * folder.
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

/** The file with the whole identity. */
export const ME_INFO = "me.info";
/** The file with a copy of its private key. */
export const PRIV_KEY = "priv.key";

/** The files that make a folder a client's. */
const FILES = ["transfer.info", ME_INFO, PRIV_KEY];

/**
 * The folders of `transfer.info`, `me.info` and `priv.key`: the one that `--dir` names, else the
 * current one. If it has none of these files, it is the program's own folder, if that has one.
 * Files of both are never mixed, since they belong together. If neither has one, an installed
 * client stores the identity in the user's own folder, which is searched last.
 *
 * Throws a `ClientError` (`bad-setting`) when `dir` is not a folder. It is not created, since the
 * client would then register again in a misspelt folder.
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
