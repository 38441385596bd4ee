import {
  nearest,
  type Read,
  readSettings,
  UsageError,
} from "../../shared/settings/read_settings.ts";
import type { Environment } from "../../shared/settings/setting.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { COMMAND_WORDS, type CommandName, HELP, isCommand, readSend } from "./send_settings.ts";
import { type AnySettings, COMMANDS } from "./commands.ts";

/** The result of reading the client's command line. */
export type ClientRead =
  | { readonly type: "settings"; readonly settings: AnySettings }
  | { readonly type: "help"; readonly command: CommandName }
  | { readonly type: "version" };

/**
 * Reads the client's command line and environment: a command, which comes first and may be left out
 * for `send`, then files and flags in any order. A file that is named like a command needs the
 * command in front of it, or its folder: `./send`.
 *
 * Throws a `UsageError` for what cannot be understood.
 */
export function readCommandLine(args: readonly string[], env: Environment): ClientRead {
  const [first = "", ...rest] = args;
  if (first === HELP) return readHelp(rest);
  if (!isCommand(first)) return readSend(args, env);
  switch (first) {
    case "send":
      return readSend(rest, env);
    case "login":
      return of(first, readSettings(COMMANDS.login.settings, rest, env));
    case "devices":
      return of(first, readSettings(COMMANDS.devices.settings, rest, env));
    case "status":
      return of(first, readSettings(COMMANDS.status.settings, rest, env));
    case "ls":
      return of(first, readSettings(COMMANDS.ls.settings, rest, env));
    case "get":
      return of(first, readSettings(COMMANDS.get.settings, rest, env));
    case "rm":
      return of(first, readSettings(COMMANDS.rm.settings, rest, env));
    case "mv":
      return of(first, readSettings(COMMANDS.mv.settings, rest, env));
    case "token":
      return of(first, readSettings(COMMANDS.token.settings, rest, env));
    case "probe":
      return of(first, readSettings(COMMANDS.probe.settings, rest, env));
    case "doctor":
      return of(first, readSettings(COMMANDS.doctor.settings, rest, env));
    case "identity":
      return of(first, readSettings(COMMANDS.identity.settings, rest, env));
    case "completions":
      return readCompletions(rest);
  }
}

/** `read` with the name of its command. */
function of<Name extends CommandName, Settings>(command: Name, read: Read<Settings>) {
  if (read.type === "settings") {
    return { type: read.type, settings: { command, ...read.settings } } as const;
  }
  return read.type === "help"
    ? { type: read.type, command } as const
    : { type: read.type } as const;
}

/** Words to complete are not parsed: they may be anything. */
function readCompletions([shell, ...words]: readonly string[]): ClientRead {
  const args = shell === undefined ? [] : [shell];
  const read = readSettings(COMMANDS.completions.settings, args, () => undefined);
  if (read.type !== "settings") return of("completions", read);
  const asked = words.length > 0 ? words : undefined;
  return { ...read, settings: { command: "completions", ...read.settings, words: asked } };
}

/** Answers `help`, and `help COMMAND`. */
function readHelp(words: readonly string[]): ClientRead {
  const [command = HELP, ...more] = words.filter((word) => word !== "--help" && word !== "-h");
  if (more.length === 0) {
    if (command === HELP) return { type: "help", command: "send" };
    if (isCommand(command)) return { type: "help", command };
  }
  const near = nearest(command.toLowerCase(), COMMAND_WORDS);
  const advice = near === undefined ? '"help" alone lists them' : `perhaps you mean "${near}"`;
  const shown = quoted([command, ...more].join(" "));
  throw new UsageError(`There is no command ${shown}; ${advice}`);
}
