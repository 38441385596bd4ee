import { quotedPath } from "../../shared/text/quoted.ts";
import { localError } from "../client_error.ts";
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

/** Whether a link may be made: `kept` if it stays in the folder that is fetched. */
export type LinkFate = "kept" | "absolute" | "leaves";

/**
 * Says whether a link stays in the folder that is fetched. `depth` is the number of folders between
 * that and the link.
 *
 * `..` counts in the beginning only: behind a name it could be that of another link's target. What
 * leads up in the beginning goes through real folders, since links are made after all else. On
 * Windows `\` separates too, and a drive is absolute; both are looked at on every system.
 */
export function linkFate(target: string, depth: number): LinkFate {
  if (/^(?:[/\\]|[A-Za-z]:)/.test(target)) return "absolute";
  const steps = target.split(/[/\\]/).filter((step) => step !== "" && step !== ".");
  const up = steps.findIndex((step) => step !== "..");
  const ups = up < 0 ? steps.length : up;
  if (ups > depth) return "leaves";
  return steps.slice(ups).includes("..") ? "leaves" : "kept";
}
