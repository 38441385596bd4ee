/** The version of the programs, as in `deno.json` and `CHANGELOG.md`. */
export const VERSION = "0.1.0";

/** The source in `versionText()` for a program that runs from its source; Git knows the commit. */
export const RUN_FROM_SOURCE = "run from source";

/**
 * What `--version` prints: the version, `source` (the commit that the program was made from), the
 * version of Deno and the platform. One line, for bug reports.
 */
export function versionText(source: string): string {
  return `sealpost ${VERSION} (${source}, deno ${Deno.version.deno}, ${Deno.build.target})`;
}
