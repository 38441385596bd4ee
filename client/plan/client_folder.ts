import { quotedPath } from "../../shared/files/quoted.ts";
import { BUILD } from "../build.ts";
import { localError, systemReason } from "../client_error.ts";
import { inFolder } from "../paths.ts";

/** Where a client's files may be. */
export interface Places {
  /** The folder that the program was started in. */
  readonly current: string;
  /** The folder that the program lies in, if that is its own. */
  readonly own: string | undefined;
}

/** The places of this program, started in the folder `home`. */
export function placesAt(home: string): Places {
  return { current: home, own: BUILD.folder };
}

/** The files that make a folder a client's. */
const FILES = ["transfer.info", "me.info", "priv.key"];

/**
 * The folder of `transfer.info`, `me.info` and `priv.key`: the one that `--dir` names, else the
 * current one. Without any of them there, it is the program's own folder, if one of them is in
 * that. They are never taken from both, since they belong together.
 *
 * Throws a `ClientError` (`bad-setting`) when `dir` is not a folder: it is not made, since a
 * misspelt one would cost the client its identity.
 */
export async function clientFolder(
  dir: string | undefined,
  { current, own }: Places,
): Promise<string> {
  if (dir !== undefined) {
    await checkFolder(dir);
    return dir;
  }
  if (own === undefined || await isClients(current)) return current;
  return await isClients(own) ? own : current;
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
