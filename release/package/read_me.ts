import type { Target } from "../../shared/release/targets.ts";
import { VERSION } from "../../shared/version.ts";

/** What `README.txt` of a package is about. */
export interface ReadMe {
  readonly target: Target;
  /** What `sourceCommit()` says. */
  readonly source: string;
  /** The digest of Deno's archive in the registry. */
  readonly integrity: string;
}

/** The text of `README.txt` in a package: how to use it, and what is in it. */
export function readMe({ target, source, integrity }: ReadMe): string {
  const windows = target.os === "windows";
  const run = windows ? "sealpost.cmd" : "./sealpost";
  const lines = [
    `Sealpost ${VERSION} (${source}), the client for ${target.title}`,
    "",
    "Nothing has to be installed. In this folder:",
    "",
    `  ${run} --help`,
    `  ${run} FILE --server HOST:PORT --name "Your Name"`,
    "",
    "To call it from anywhere, " +
    (windows ? "add this folder to PATH." : "put a symbolic link to it into a folder of PATH."),
    "",
    "It takes transfer.info, me.info and priv.key from the current folder, or, when none of",
    "them is there, from this one. me.info and priv.key are who you are: show them to nobody.",
    "",
    "In lib/ are:",
    "",
    `  deno        Deno ${Deno.version.deno}, unchanged, from the npm package ${target.npmPackage}`,
    `              ${integrity}`,
    "  sealpost.js the client",
    "  licences/   of Deno, and of what is in sealpost.js; that of Sealpost is LICENSE",
    "",
  ];
  return lines.join(windows ? "\r\n" : "\n");
}
