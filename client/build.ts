import { RUN_FROM_SOURCE } from "../shared/version.ts";

/** How this client was built. */
export interface Build {
  /** Its source, as in `versionText()`. */
  readonly source: string;
  /** The command that starts it, for help and advice. */
  readonly call: string;
  /** The folder it is installed in, if that is its own. */
  readonly folder: string | undefined;
}

/**
 * The client run from its source. In a release this module is replaced by one that
 * `release/source/build_module.ts` writes.
 */
export const BUILD: Build = {
  source: RUN_FROM_SOURCE,
  call: "deno task client",
  folder: undefined,
};
