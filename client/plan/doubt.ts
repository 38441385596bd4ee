import { quotedPath } from "../../shared/text/quoted.ts";
import { lastName } from "../files/paths.ts";

/** Files of an identity, their drafts and copies. */
const IDENTITY = /^\.?(?:me\.info|priv\.key)(?:\.|$)/i;

/** The owner of what the system itself has set up. */
const ROOT = 0;

export interface DoubtOptions {
  /** The folder of `transfer.info`. */
  readonly folder: string;
  /** The path of `transfer.info`. */
  readonly info: string;
  /** The user's home folder, whose owner the user is; undefined if unknown. */
  readonly home: string | undefined;
}

/**
 * What speaks against sending a file only because `transfer.info` names it, as a sentence without
 * its period; undefined if nothing does. A user who passes on a folder to send from may
 * name a private key in it. So a file is doubtful that is an identity, and one outside the folder,
 * by its real path, if that is in a hidden folder, or `transfer.info` belongs to another user.
 *
 * What cannot be looked at is not doubtful: it cannot be sent either.
 */
export async function doubtAbout(
  file: string,
  { folder, info, home }: DoubtOptions,
): Promise<string | undefined> {
  const [inside, real] = await Promise.all([realPath(folder), realPath(file)]);
  if (inside === undefined || real === undefined) return undefined;
  const named = `${quotedPath(info)} names ${quotedPath(real)}`;
  if ([file, real].some((path) => IDENTITY.test(lastName(path)))) {
    return `${named}, which is an identity: who has it can send in its name`;
  }
  const [folders, steps] = [stepsOf(inside), stepsOf(real)];
  const shared = folders.findIndex((step, at) => step !== steps[at]);
  if (shared < 0) return undefined;
  if (steps.slice(shared).some((step) => step.startsWith("."))) {
    return `${named}, outside of its folder and in a hidden place`;
  }
  return await isOfAnother(info, { home, file: real })
    ? `${named}, outside of its folder, and belongs to another user`
    : undefined;
}

/**
 * Whether another user wrote a `transfer.info`: neither the user, nor the system, nor the owner of
 * the file that it names. False where files have no owners.
 */
async function isOfAnother(
  info: string,
  { home, file }: { readonly home: string | undefined; readonly file: string },
): Promise<boolean> {
  const owner = async (path: string, look = Deno.stat) =>
    (await look(path).catch(() => undefined))?.uid ?? undefined;
  const writers = await Promise.all([owner(info), owner(info, Deno.lstat)]);
  const trusted = await Promise.all([home ? owner(home) : undefined, owner(file)]);
  return writers.some((uid) => uid !== undefined && uid !== ROOT && !trusted.includes(uid));
}

function realPath(path: string): Promise<string | undefined> {
  return Deno.realPath(path).catch(() => undefined);
}

function stepsOf(path: string): readonly string[] {
  return path.split(Deno.build.os === "windows" ? /[\\/]/ : "/").filter((step) => step !== "");
}
