import type { Target } from "../../shared/release/targets.ts";
import { clientPermissions } from "../source/client_permissions.ts";

/** A launcher of a package: a file that is run like a program. */
export interface Launcher {
  readonly name: string;
  readonly text: string;
}

/** What starts the client in a package of that system. */
export function launcherFor({ os }: Target): Launcher {
  return os === "windows"
    ? { name: "sealpost.cmd", text: windowsLauncher() }
    : { name: "sealpost", text: posixLauncher() };
}

/**
 * Deno reads no configuration and fetches nothing: what it needs is in the package. What it
 * prepares is not kept (`--no-code-cache`, and `DENO_DIR` below).
 */
const RUN = [
  "run",
  "--no-config",
  "--no-lock",
  "--no-npm",
  "--no-remote",
  "--cached-only",
  "--no-code-cache",
];

function posixLauncher(): string {
  return `#!/bin/sh
# Runs the Sealpost client with the Deno in lib/.
set -eu

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

# Deno keeps a cache in the folder DENO_DIR, and looks into the home folder for settings of npm.
# Neither concerns this program: a file where a folder should be keeps the first from being made.
DENO_DIR=$lib/sealpost.js
HOME=$lib
DENO_NO_UPDATE_CHECK=1
export DENO_DIR HOME DENO_NO_UPDATE_CHECK

exec "$lib/deno" ${[...RUN, ...clientPermissions()].map(shellWord).join(" \\\n  ")} \\
  "$lib/sealpost.js" "$@"
`;
}

/** A flag for a shell, which would take a `*` for files. */
function shellWord(flag: string): string {
  return /^[\w=.,-]+$/.test(flag) ? flag : `'${flag}'`;
}

/** Without delayed expansion, so that a `!` in an argument or a folder stays what it is. */
function windowsLauncher(): string {
  const lines = [
    "@echo off",
    "rem Runs the Sealpost client with the Deno in lib\\.",
    "setlocal EnableExtensions DisableDelayedExpansion",
    "rem A file where Deno expects the folder of its cache keeps that from being made.",
    'set "DENO_DIR=%~dp0lib\\sealpost.js"',
    'set "DENO_NO_UPDATE_CHECK=1"',
    `"%~dp0lib\\deno.exe" ${[...RUN, ...clientPermissions()].join(" ")} ` +
    '"%~dp0lib\\sealpost.js" %*',
    "exit /b %ERRORLEVEL%",
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}
