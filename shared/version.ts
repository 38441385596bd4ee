/** The version of the programs, as in `deno.json` and `CHANGELOG.md`. */
export const VERSION = "0.1.0";

/** What `versionText()` says of a program that runs from its source, where Git knows the commit. */
export const RUN_FROM_SOURCE = "run from source";

/**
 * What `--version` prints: the version, `source` (the commit that the program was made from), and
 * the Deno and the kind of machine that it runs on. One line, to stand in a report of a fault.
 */
export function versionText(source: string): string {
  return `sealpost ${VERSION} (${source}, deno ${Deno.version.deno}, ${Deno.build.target})`;
}
