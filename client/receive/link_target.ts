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
