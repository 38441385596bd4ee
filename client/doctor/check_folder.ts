import { quotedPath } from "../../shared/text/quoted.ts";
import { checkWritable } from "../identity/check_writable.ts";
import type { ClientFolders } from "../identity/client_folders.ts";
import { type Finding, ok, orFailure, warn } from "./finding.ts";

/**
 * Checks the folder in which a new identity would be stored. With an identity, sending needs no
 * write access.
 */
export async function checkFolder(
  { folder, newIn, userFolder }: ClientFolders,
  { hasIdentity }: { readonly hasIdentity: boolean },
): Promise<Finding> {
  const shown = newIn === "." ? "The current folder" : quotedPath(newIn);
  const isHome = newIn === userFolder;
  if (isHome && !await exists(newIn)) {
    return ok("folder", `${shown} will be made, for the identity of this user`);
  }
  const tried = await orFailure("folder", () => checkWritable(newIn));
  if (!("failure" in tried)) {
    const what = isHome ? ", and is used since no files of a client are in " : "";
    const where = isHome ? folder === "." ? "the current folder" : quotedPath(folder) : "";
    return ok("folder", `${shown} can be written${what}${where}`);
  }
  if (!hasIdentity) return tried.failure;
  return warn(
    "folder",
    `${tried.failure.message}, which is only needed to register`,
    tried.failure.advice ?? "Make it writable",
  );
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
