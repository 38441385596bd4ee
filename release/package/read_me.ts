import type { Target } from "../../shared/release/targets.ts";
import { VERSION } from "../../shared/version.ts";

export interface ReadMe {
  readonly target: Target;
  /** The result of `sourceCommit()`. */
  readonly source: string;
  /** The digest of Deno's archive in the registry. */
  readonly integrity: string;
  /** The packages in it whose licences are handed on, as `name@version`. */
  readonly licensed: readonly string[];
}

/** Additional notes for each system. */
const SYSTEM: Readonly<Record<Target["os"], readonly string[]>> = {
  linux: [],
  darwin: [
    "The programs are not signed for Apple. If macOS says that it cannot check one of them, and",
    "SHA256SUMS of where you got this has the digest of the archive, lift the mark of the browser:",
    "",
    "  xattr -dr com.apple.quarantine .",
    "",
  ],
  windows: [
    "The programs are not signed for Windows. If SmartScreen stops one, and SHA256SUMS of where",
    'you got this has the digest of the archive, choose "More info" and "Run anyway"; or, before',
    'you unpack it, the properties of the archive, and "Unblock".',
    "",
    'Put a name with & ( ) ^ or blanks into double quotes: sealpost "this & that.txt". PowerShell',
    "takes quotes away that it finds unneeded: there, write them inside single ones,",
    "sealpost '\"this&that.txt\"'. What has double quotes itself goes into transfer.info, or into",
    "a variable such as SEALPOST_NAME.",
    "",
  ],
};

/** The folder with the user's files of an installed client. */
const USER_FOLDERS: Readonly<Record<Target["os"], string>> = {
  linux: "~/.config/sealpost",
  darwin: "~/Library/Application Support/sealpost",
  windows: "%APPDATA%\\sealpost",
};

/** Returns the text of `README.txt` in a package: how to use it, and what it contains. */
export function readMe({ target, source, integrity, licensed }: ReadMe): string {
  const windows = target.os === "windows";
  const run = windows ? "sealpost.cmd" : "./sealpost";
  const lines = [
    `Sealpost ${VERSION} (${source}), the client for ${target.title}`,
    "",
    "Nothing has to be installed. In this folder:",
    "",
    `  ${run} FILE --server HOST:PORT --name "Your Name"`,
    `  ${run} --help`,
    "",
    "To call it from anywhere, " +
    (windows ? "add this folder to PATH." : "put a symbolic link to it into a folder of PATH."),
    "To upgrade, unpack a newer one beside it and change that. To remove it, delete this folder:",
    "nothing is kept elsewhere but who you are, me.info and priv.key, in the user's folder below.",
    "",
    "It takes transfer.info, me.info and priv.key from the current folder, or, when none of",
    "them is there, from this one. When none is here either, it keeps me.info and priv.key in",
    `${USER_FOLDERS[target.os]}. They are who you are: show them to nobody.`,
    "",
    ...SYSTEM[target.os],
    "In lib/ are:",
    "",
    `  deno        Deno ${Deno.version.deno}, unchanged, from the npm package ${target.npmPackage}`,
    `              ${integrity}`,
    "  client/     the client",
    ...(windows ? ["  deno.env    variables for Deno"] : []),
    `  licences/   of ${licensed.join(", ")}; that of Sealpost is LICENSE`,
    "",
  ];
  return lines.join(windows ? "\r\n" : "\n");
}
