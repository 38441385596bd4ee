import type { OfferedFile } from "../downloads/release_folder.ts";

export interface InstallOptions {
  /** The origin of the page, checked by `visitedHost()`: `http://server.example:8256`. */
  readonly origin: string;
  /** The server's address: `server.example:1256`. */
  readonly server: string;
  /** Its address with its key, for protocol 4; undefined if it does not speak that. */
  readonly keyed: string | undefined;
  /** The files of the version to install. */
  readonly files: readonly OfferedFile[];
}

/** The systems of each script, with their names in it. */
const SHELLS = {
  sh: { systems: ["linux", "darwin"], line: shellCase },
  ps1: { systems: ["windows"], line: powerShellCase },
} as const;

/** The language of an installation script. */
export type InstallLanguage = keyof typeof SHELLS;

/**
 * Fills in a template: the addresses, the version, and a line for each target with its file and the
 * digest that the script checks. All values are checked to contain only letters, digits, and `. - _
 * : / # [ ]`, so that none can end the quotes around it.
 */
export function installScript(
  template: string,
  language: InstallLanguage,
  { origin, server, keyed, files }: InstallOptions,
): string {
  const { systems, line } = SHELLS[language];
  const offered = files.filter((file) => systems.some((os) => os === file.target.os));
  // Of the two kinds for a target, the one that is ready to run comes first.
  const chosen = offered.filter((file) =>
    offered.find(({ target }) => target === file.target) === file
  );
  const values: Readonly<Record<string, string>> = {
    ORIGIN: checked(origin),
    SERVER: checked(server),
    KEYED: checked(keyed ?? "none"),
    VERSION: checked(files[0]?.version ?? "none"),
    FILES: chosen.map((file) => line(file)).join("\n"),
  };
  // A placeholder for a whole line is a comment, so that the template itself is a valid script.
  return template.replaceAll(/(?:^ +# )?@([A-Z]+)@/gm, (mark, name) => values[name] ?? mark);
}

function shellCase({ name, sha256, kind, target }: OfferedFile): string {
  return `    ${target.triple}) file='${checked(name)}' kind='${kind}' digest='${sha256}' ;;`;
}

function powerShellCase({ name, sha256, kind, target }: OfferedFile): string {
  return `    '${target.triple}' = @{ File = '${checked(name)}'; Kind = '${kind}'; ` +
    `Digest = '${sha256}' }`;
}

/** Checks a value again, where it is inserted. */
function checked(value: string): string {
  if (/^[A-Za-z0-9.:/#_[\]-]+$/.test(value)) return value;
  throw new Error("Unreachable: a value for a script was not checked before");
}
