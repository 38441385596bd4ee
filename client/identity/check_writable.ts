import { quotedPath } from "../../shared/text/quoted.ts";
import { localError } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import { ME_INFO, PRIV_KEY } from "./client_folders.ts";
import { cannotWrite } from "./replace_file.ts";

/**
 * Checks whether an identity could be written in a folder, and leaves nothing there. Throws a
 * `ClientError` (`identity-not-writable`).
 */
export async function checkWritable(folder: string): Promise<void> {
  await checkNoFolders(folder);
  const probe = inFolder(folder, `.${ME_INFO}.${crypto.randomUUID()}`);
  try {
    const file = await Deno.open(probe, { createNew: true, write: true, mode: 0o600 });
    file.close();
    await Deno.remove(probe);
  } catch (error) {
    throw cannotWrite(inFolder(folder, ME_INFO), error);
  }
}

/**
 * Throws a `ClientError` (`identity-not-writable`) when folders have the names of an identity's
 * files.
 */
export async function checkNoFolders(folder: string): Promise<void> {
  for (const name of [PRIV_KEY, ME_INFO]) {
    const path = inFolder(folder, name);
    const info = await Deno.lstat(path).catch(() => undefined);
    if (!info?.isDirectory) continue;
    throw localError(
      "identity-not-writable",
      `${quotedPath(path)} is a folder, where this client keeps who it is in a file; move it ` +
        "away, or name another folder with --dir",
    );
  }
}
