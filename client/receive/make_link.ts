import { quotedPath } from "../../shared/text/quoted.ts";
import { localError } from "../client_error.ts";
import { inFolder } from "../files/paths.ts";
import type { FilePlace } from "./part_file.ts";
import { placeError } from "./place_error.ts";

/**
 * Throws a `ClientError`, `link-leaves`, unless a link stays in the folder that is fetched. `depth`
 * is the number of folders between that and the link.
 */
export function expectInside(
  path: string,
  { target, depth }: { readonly target: string; readonly depth: number },
): void {
  const fate = linkFate(target, depth);
  if (fate === "inside") return;
  const why = fate === "absolute" ? "is absolute" : "leads out of the folder";
  throw localError(
    "link-leaves",
    `The link ${quotedPath(path)} to ${quotedPath(target)} ${why} and was not made; if you trust ` +
      "it, give --links all",
  );
}

/**
 * Makes a link in a folder, in the place of a file or a link if one is there, in one step. Throws a
 * `ClientError`.
 */
export async function makeLink({ folder, name }: FilePlace, target: string): Promise<void> {
  const path = inFolder(folder, name);
  const draft = inFolder(folder, `.${crypto.randomUUID()}.link`);
  try {
    await Deno.symlink(target, draft);
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw placeError(path, error);
  }
}

/** Whether the link at a path has this target. Throws a `ClientError`. */
export async function isLinkTo(path: string, target: string): Promise<boolean> {
  try {
    return await Deno.readLink(path) === target;
  } catch (error) {
    throw placeError(path, error);
  }
}

/** Where a link points: `inside` the fetched folder, or out of it, by an absolute path or `..`. */
export type LinkFate = "inside" | "absolute" | "leaves";

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
  return steps.slice(ups).includes("..") ? "leaves" : "inside";
}
