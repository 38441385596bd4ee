import type { OfferedFile } from "../downloads/release_folder.ts";

/** What an installation script is made for. */
export interface InstallOptions {
  /** Where the page was reached, checked by `visitedHost()`: `http://server.example:8256`. */
  readonly origin: string;
  /** Where files are to be sent: `server.example:1256`. */
  readonly server: string;
  /** The files of the version to install. */
  readonly files: readonly OfferedFile[];
}

/** The systems that have a script, and what it calls their files. */
const SHELLS = {
  sh: { systems: ["linux", "darwin"], line: shellCase },
  ps1: { systems: ["windows"], line: powerShellCase },
} as const;

/** A language that installation scripts are written in. */
export type InstallLanguage = keyof typeof SHELLS;

/**
 * Fills a template in: the addresses, the version, and a line for each target with its file and the
 * digest that the script checks. All of these have passed a check that leaves only letters, digits,
 * and `. - _ : / [ ]` in them: nothing can end the quotes that they stand in.
 */
export function installScript(
  template: string,
  language: InstallLanguage,
  { origin, server, files }: InstallOptions,
): string {
  const { systems, line } = SHELLS[language];
  const offered = files.filter((file) => systems.some((os) => os === file.target.os));
  // Of the two kinds of a target the one that is ready to run comes first.
  const chosen = offered.filter((file) =>
    offered.find(({ target }) => target === file.target) === file
  );
  const values: Readonly<Record<string, string>> = {
    ORIGIN: checked(origin),
    SERVER: checked(server),
    VERSION: checked(files[0]?.version ?? "none"),
    FILES: chosen.map((file) => line(file)).join("\n"),
  };
  // A mark where a whole line belongs is a comment, so that the template is a script of its own.
  return template.replaceAll(/(?:^ +# )?@([A-Z]+)@/gm, (mark, name) => values[name] ?? mark);
}

function shellCase({ name, sha256, kind, target }: OfferedFile): string {
  return `    ${target.triple}) file='${checked(name)}' kind='${kind}' digest='${sha256}' ;;`;
}

function powerShellCase({ name, sha256, kind, target }: OfferedFile): string {
  return `    '${target.triple}' = @{ File = '${checked(name)}'; Kind = '${kind}'; ` +
    `Digest = '${sha256}' }`;
}

/** Once more, where it matters. */
function checked(value: string): string {
  if (/^[A-Za-z0-9.:/_[\]-]+$/.test(value)) return value;
  throw new Error("Unreachable: a value for a script was not checked before");
}
