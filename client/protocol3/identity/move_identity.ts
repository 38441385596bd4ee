import { type Address, formatAddress } from "../../../shared/text/address.ts";
import { quotedPath } from "../../../shared/text/quoted.ts";
import { type ClientError, localError } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import type { IdentityMove } from "../../identity/run_identity.ts";
import { findIdentity, writeRegisteredServer } from "./identity_files.ts";
import { readLastServer, rememberLastServer } from "../../identity/last_server.ts";
import { listIdentities } from "./list_identities.ts";
import { cannotWrite, makePrivateFolder } from "../../identity/replace_file.ts";
import { readProven, removeProven, writeProven } from "./proven_settings.ts";
import { isSameServer, serverFolder } from "../../identity/client_folders.ts";

/**
 * Moves what is stored for a server from one address to another; returns the client's name. Throws
 * a `ClientError` when there is nothing to move, or something would be replaced.
 */
export async function moveIdentity(
  { from, to, userFolder, clock, ...options }: IdentityMove,
): Promise<string> {
  const found = await findIdentity(from, options);
  if (found?.by === undefined) throw await nothingToMove(from, options.folders);
  const other = await findIdentity(to, options);
  if (other?.by !== undefined) {
    throw localError(
      "bad-setting",
      isSameServer(from, to)
        ? `${formatAddress(from)} and ${
          formatAddress(to)
        } are the same server already; name another one`
        : `${formatAddress(to)} has an identity of its own in ${
          quotedPath(other.files.path)
        }; move ` +
          "that to another address first",
    );
  }
  const { folder, files, identity } = found;
  const proven = await readProven(folder, from);
  if (proven !== undefined) {
    await writeProven(folder, { ...proven, server: to, clock });
    await removeProven(folder, from);
  }
  if (files.folder === folder) {
    await writeRegisteredServer(folder, { server: to, clientId: identity.clientId, clock });
  } else await moveFolder(files.folder, await serverFolder(folder, to));
  if (folder === userFolder) {
    const last = await readLastServer(folder);
    if (last !== undefined && isSameServer(last, from)) {
      await rememberLastServer(folder, { server: to, clock });
    }
  }
  return identity.name;
}

/** Moves a server's folder, or its files if the target folder already exists. */
async function moveFolder(from: string, to: string): Promise<void> {
  try {
    await makePrivateFolder(to);
    const names = await Array.fromAsync(Deno.readDir(from), ({ name }) => name);
    // `me.info` is moved last.
    const ordered = names.toSorted((a, b) => Number(a === "me.info") - Number(b === "me.info"));
    for (const name of ordered) await Deno.rename(inFolder(from, name), inFolder(to, name));
    await Deno.remove(from);
  } catch (error) {
    throw cannotWrite(to, error);
  }
}

async function nothingToMove(from: Address, folders: readonly string[]): Promise<ClientError> {
  const listed = (await Promise.all(folders.map(listIdentities))).flat();
  const known = listed.map(({ server }) => formatAddress(server));
  const advice = known.length === 0
    ? "no server is on record in this folder, name another one with --dir"
    : `on record are ${known.join(", ")}`;
  return localError("bad-setting", `There is no identity for ${formatAddress(from)}; ${advice}`);
}
