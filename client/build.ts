import { RUN_FROM_SOURCE } from "../shared/version.ts";

/** How this client was made. */
export interface Build {
  /** What it was made from, as `versionText()` says it. */
  readonly source: string;
  /** How it is called, for help and advice. */
  readonly call: string;
  /** The folder that it lies in, if that is its own. */
  readonly folder: string | undefined;
}

/**
 * The client that runs from its source. A release has another module in the place of this one,
 * which `release/source/build_module.ts` writes.
 */
export const BUILD: Build = {
  source: RUN_FROM_SOURCE,
  call: "deno task client",
  folder: undefined,
};
