import { quotedPath } from "../../shared/text/quoted.ts";
import { localError } from "../client_error.ts";
import { linkFate } from "./link_target.ts";
import { placeError } from "./place_error.ts";
import { inTheWay, whatIsAt } from "./real_folders.ts";

/**
 * Makes a link at `path`, unless the same one is there; returns whether it made it. `depth` is the
 * number of folders between the one that is fetched and the link. Throws a `ClientError`:
 * `link-leaves` unless it stays in that folder or `isAllowed`, `path-in-the-way` when something
 * else is there.
 */
export async function makeLink(
  path: string,
  { target, depth, isAllowed }: {
    readonly target: string;
    readonly depth: number;
    readonly isAllowed: boolean;
  },
): Promise<boolean> {
  const fate = linkFate(target, depth);
  if (fate !== "kept" && !isAllowed) {
    const why = fate === "absolute" ? "is absolute" : "leads out of the folder";
    throw localError(
      "link-leaves",
      `The link ${quotedPath(path)} to ${
        quotedPath(target)
      } ${why} and was not made; if you trust ` +
        "it, give --links all",
    );
  }
  try {
    const info = whatIsAt(path);
    if (info?.isSymlink && await Deno.readLink(path) === target) return false;
    if (info !== undefined) throw inTheWay(path, info.isSymlink ? "another link" : "there already");
    await Deno.symlink(target, path);
    return true;
  } catch (error) {
    throw placeError(path, error);
  }
}
