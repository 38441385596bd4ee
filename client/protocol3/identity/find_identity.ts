import type { Address } from "../../../shared/text/address.ts";
import { sameClientId } from "../../../shared/wire/client_id.ts";
import { ClientError } from "../../client_error.ts";
import { type Identity, IdentityFiles, readRegisteredServer } from "./identity_files.ts";
import { aliasesOf, isSameServer, serverFolder } from "../../identity/client_folders.ts";

/** An identity found for a server. */
export interface FoundIdentity {
  readonly identity: Identity;
  readonly files: IdentityFiles;
  /** The client's folder with the identity: the folder of `files`, or the one with `servers/`. */
  readonly folder: string;
  /**
   * The evidence that it is for that server: a record, or the `transfer.info` next to it. Undefined
   * if it is not known for which server it is.
   */
  readonly by: "record" | "transfer.info" | undefined;
}

export interface FindOptions {
  /** The client's folders, in the order of the search. */
  readonly folders: readonly string[];
  /** The server in the `transfer.info` of the first folder. */
  readonly planned: () => Promise<Address | undefined>;
}

/**
 * The identity for a server: the one recorded for it, else that of a folder whose `transfer.info`
 * names the server, else one whose server is not known. Throws a `ClientError` when it cannot be
 * used.
 */
export async function findIdentity(
  server: Address,
  { folders, planned }: FindOptions,
): Promise<FoundIdentity | undefined> {
  let unclaimed: FoundIdentity | undefined;
  for (const [index, folder] of folders.entries()) {
    const found = await findIn(folder, server, {
      planned: index === 0 ? planned : () => Promise.resolve(undefined),
    });
    if (found?.by !== undefined) return found;
    unclaimed ??= found;
  }
  return unclaimed;
}

async function findIn(
  folder: string,
  server: Address,
  { planned }: Omit<FindOptions, "folders">,
): Promise<FoundIdentity | undefined> {
  const files = new IdentityFiles(folder);
  const main = await mainIdentity(files, folder, server);
  if (main.identity !== undefined && main.server !== undefined) {
    if (isSameServer(main.server, server)) {
      return { identity: main.identity, files, folder, by: "record" };
    }
  }
  for (const alias of aliasesOf(server)) {
    const own = new IdentityFiles(await serverFolder(folder, alias));
    const identity = await own.load();
    if (identity !== undefined) return { identity, files: own, folder, by: "record" };
  }
  if (main.identity === undefined || main.server !== undefined) return undefined;
  const named = await planned();
  if (named !== undefined && !isSameServer(named, server)) return undefined;
  const by = named === undefined ? undefined : "transfer.info";
  return { identity: main.identity, files, folder, by };
}

/** The identity of `me.info` in the folder itself, and the server recorded for it. */
async function mainIdentity(
  files: IdentityFiles,
  folder: string,
  server: Address,
): Promise<{ readonly identity?: Identity | undefined; readonly server?: Address | undefined }> {
  const [record, loaded] = await Promise.all([
    readRegisteredServer(folder),
    files.load().catch((error) => {
      if (error instanceof ClientError) return error;
      throw error;
    }),
  ]);
  if (loaded instanceof ClientError) {
    // A damaged identity does not affect other servers.
    if (record === undefined || isSameServer(record.server, server)) throw loaded;
    return {};
  }
  const current = record !== undefined && loaded !== undefined &&
    sameClientId(record.clientId, loaded.clientId);
  return { identity: loaded, server: current ? record.server : undefined };
}
