import { address, duration, path } from "../../shared/settings/kind.ts";
import {
  optional,
  type Section,
  setting,
  toggle,
  type ValuesOf,
} from "../../shared/settings/setting.ts";

/** The settings for output. */
export type Shown = ValuesOf<ReturnType<typeof shown>>;

/** The flags for output, with the meaning of two of them for a command. */
export function shown({ json, quiet }: { readonly json: string; readonly quiet: string }) {
  return {
    json: toggle("--json", { help: json }),
    quiet: toggle("--quiet", { help: quiet }),
    verbose: toggle("--verbose", { help: "Also tell what is said to the server, and how it went" }),
  } as const satisfies Section;
}

/** `--timeout`, in milliseconds. */
export const TIMEOUT = setting("--timeout", duration(1), {
  help: "How long to wait for anything from the server",
  fallback: 30_000,
});

/** `--retry-time`, in milliseconds. */
export const RETRY_TIME = setting("--retry-time", duration(), {
  help: "How long a connection that was lost is made again, once the server has taken the client " +
    "in",
  fallback: 90_000,
});

/** `--dir`; undefined for the usual places. */
export const DIR = optional("--dir", path("FOLDER"), {
  help: "The folder of transfer.info, me.info and priv.key; the current one when not given",
});

/** `--server`; undefined for the one that `transfer.info` names. */
export const SERVER = optional("--server", address, {
  help: "The server, in place of line 1 of transfer.info",
});

/** `--dir` of protocol 4; undefined for the user's configuration folder. */
export const CONFIG = optional("--dir", path("FOLDER"), {
  help: "The folder with known_servers and the identities; that of your user when not given",
});

/** `--server` of protocol 4; undefined for the one that is known. */
export const KNOWN_SERVER = optional("--server", address, {
  help: "Which of the servers that are known, if there are several",
});

/** The names of the commands; their settings are in `commands.ts`, which most runs do not load. */
export const COMMAND_NAMES = [
  ...["send", "login", "ls", "get", "rm", "mv", "devices", "status", "token"],
  ...["probe", "doctor", "identity", "completions"],
] as const;

/** The name of a command. */
export type CommandName = typeof COMMAND_NAMES[number];

/** The command without settings, which shows the help of the others. */
export const HELP = "help";

/** The words that are commands in first position. */
export const COMMAND_WORDS: readonly string[] = [...COMMAND_NAMES, HELP];

/** Whether a word is the name of a command that has settings. */
export function isCommand(word: string): word is CommandName {
  return word !== HELP && COMMAND_WORDS.includes(word);
}
