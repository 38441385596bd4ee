import { quotedPath } from "../../../shared/text/quoted.ts";
import { localError, systemReason } from "../../client_error.ts";
import { inFolder } from "../../files/paths.ts";
import { SERVERS } from "../../identity/client_folders.ts";
import { keyDigest, keyLabel } from "../../../shared/protocol4/keys/key_name.ts";

/**
 * The folder with what a client of protocol 4 knows: `--dir`, else the user's configuration folder,
 * so that every folder that the client is started in has the same; else `home`. It may not exist.
 *
 * Throws a `ClientError` (`bad-setting`) when `dir` is not a folder.
 */
export async function configFolder(
  { dir, home, env }: {
    readonly dir: string | undefined;
    /** Where the program's files are if there is no such folder. */
    readonly home: string;
    readonly env: (name: string) => string | undefined;
  },
): Promise<string> {
  if (dir === undefined) {
    const { userFolder } = await import("../../identity/client_folders.ts");
    return userFolder({ env }) ?? home;
  }
  try {
    if ((await Deno.stat(dir)).isDirectory) return dir;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      const why = systemReason(error);
      throw localError("bad-setting", `Cannot look at ${quotedPath(dir)}: ${why}`, error);
    }
  }
  throw localError("bad-setting", `There is no folder ${quotedPath(dir)}; make it first`);
}

/** The folder with who the client is on the server with this key: addresses of it may change. */
export async function keyFolder(config: string, spki: Uint8Array): Promise<string> {
  return inFolder(inFolder(config, SERVERS), keyLabel(await keyDigest(spki)));
}
