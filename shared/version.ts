/** The version of the programs, as in `deno.json` and `CHANGELOG.md`. */
export const VERSION = "0.1.0";
