import type { Target } from "../../shared/release/targets.ts";
import { USER_HOME } from "../../client/client_io.ts";
import { FIRST_MODULE } from "../source/chunk_names.ts";
import { clientPermissions, clientV8Flags } from "../source/client_permissions.ts";

/** The launcher of a package: a script that users run. */
export interface Launcher {
  readonly name: string;
  readonly text: string;
}

/** Returns the script that starts the client in a package for that system. */
export function launcherFor({ os }: Target): Launcher {
  return os === "windows"
    ? { name: "sealpost.cmd", text: windowsLauncher() }
    : { name: "sealpost", text: posixLauncher() };
}

/**
 * Deno reads no configuration and fetches nothing: everything is in the package. It stores no cache
 * (`--no-code-cache`, and `DENO_DIR` below), and reads modules that only some commands need on
 * demand.
 */
const RUN = [
  "run",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--cached-only",
  "--no-code-cache",
  "--unstable-lazy-dynamic-imports",
  ...clientV8Flags(),
];

/** Errors only: otherwise Deno writes a progress bar and lines about caches to terminals. */
export const LOG = "error,deno::cache::cache_db=off";

/**
 * Variables that the user may have set for another Deno, and that make Deno print, write or end.
 */
const FOREIGN = [
  "DENO_AUDIT_PERMISSIONS",
  "DENO_AUTH_TOKENS",
  "DENO_COVERAGE_DIR",
  "DENO_PERMISSION_BROKER_PATH",
  "DENO_V8_FLAGS",
  "NODE_CHANNEL_FD",
  "OTEL_DENO",
];

function posixLauncher(): string {
  return `#!/bin/sh
# Runs the Sealpost client with the Deno in lib/.
set -eu

# Deno cannot start in a folder that was deleted.
if [ -z "$(pwd -P 2>/dev/null)" ]; then
  echo 'error: The folder that you are in was deleted; go to another one' >&2
  exit 2
fi

# Where this file is, whatever links lead to it.
self=$0
case $self in
  */*) ;;
  *) self=./$self ;;
esac
while [ -h "$self" ]; do
  link=$(readlink "$self")
  case $link in
    /*) self=$link ;;
    *) self=\${self%/*}/$link ;;
  esac
done
lib=$(CDPATH= cd -P -- "\${self%/*}/" && pwd -P)/lib

# Deno keeps a cache in the folder DENO_DIR. That is a file here, so that no cache is made; with
# DENO_LOG Deno does not complain about it. In HOME Deno looks for settings of npm, which do not
# concern this program but can end it; the client finds the user's home in ${USER_HOME}.
${USER_HOME}=\${HOME-}
HOME=$lib
DENO_DIR=$lib/client/${FIRST_MODULE}
DENO_LOG=${LOG}
DENO_NO_UPDATE_CHECK=1
export ${USER_HOME} HOME DENO_DIR DENO_LOG DENO_NO_UPDATE_CHECK
unset ${FOREIGN.join(" \\\n  ")}

exec "$lib/deno" ${[...RUN, ...clientPermissions()].map(shellWord).join(" \\\n  ")} \\
  "$lib/client/${FIRST_MODULE}" "$@"
`;
}

/** Quotes a flag for a shell, which would expand a `*`. */
function shellWord(flag: string): string {
  return /^[\w=.,-]+$/.test(flag) ? flag : `'${flag}'`;
}

/**
 * In the last line the `goto` fails, which ends the batch file, while `cmd.exe` still runs the rest
 * of the line. So Ctrl-C ends the client without the question whether to terminate the batch job,
 * and the exit code is Deno's. No variable can be set for that line, since the effect of `setlocal`
 * ends with the batch file: Deno reads them from a file.
 */
function windowsLauncher(): string {
  const lines = [
    "@echo off",
    "rem Runs the Sealpost client with the Deno in lib\\.",
    "rem The goto ends this file but not the line, so that Ctrl-C asks no question.",
    "goto :none 2>nul || title %COMSPEC% & " +
    `"%~dp0lib\\deno.exe" ${[...RUN, ...clientPermissions()].join(" ")} ` +
    `"--env-file=%~dp0lib\\${DENO_ENV}" "%~dp0lib\\client\\${FIRST_MODULE}" %*`,
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

/** The name of a file in `lib/` with variables for Deno, where the launcher cannot set them. */
export const DENO_ENV = "deno.env";

/**
 * The text of that file. No folder can have such a name on Windows, so that no cache is created.
 * Variables that are already set are not changed.
 */
export const DENO_ENV_TEXT: string = [
  "DENO_DIR='C:\\<none>'",
  `DENO_LOG=${LOG}`,
  "DENO_NO_UPDATE_CHECK=1",
].map((line) => `${line}\r\n`).join("");
