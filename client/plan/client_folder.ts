import { dirname, join } from "node:path";
import { quotedPath } from "../../shared/files/quoted.ts";
import { localError } from "../client_error.ts";

/**
 * The folder of `transfer.info`, `me.info` and `priv.key`: the one that `--dir` names, else the
 * current one. A compiled client without a `transfer.info` there looks beside itself.
 *
 * Throws a `ClientError` (`bad-setting`) when `dir` is not a folder: it is not made, since a
 * misspelt one would cost the client its identity.
 */
export async function clientFolder(dir: string | undefined): Promise<string> {
  if (dir !== undefined) {
    await checkFolder(dir);
    return dir;
  }
  const beside = dirname(Deno.execPath());
  return Deno.build.standalone && !await hasPlan(".") && await hasPlan(beside) ? beside : ".";
}

async function checkFolder(dir: string): Promise<void> {
  const info = await Deno.stat(dir).catch(() => undefined);
  if (info?.isDirectory) return;
  const fault = info === undefined
    ? `There is no folder ${quotedPath(dir)}; make it, or name another one with --dir`
    : `${quotedPath(dir)} is not a folder; name one with --dir`;
  throw localError("bad-setting", fault);
}

async function hasPlan(folder: string): Promise<boolean> {
  return await Deno.lstat(join(folder, "transfer.info")).then(() => true, () => false);
}
