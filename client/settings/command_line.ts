import { merge, object } from "@optique/core/constructs";
import { multiple } from "@optique/core/modifiers";
import { argument, constant } from "@optique/core/primitives";
import { message, text as messageText } from "@optique/core/message";
import { choice, integer, string } from "@optique/core/valueparser";
import { REVISION_CHOICES, revisionChoice } from "../../shared/settings/revision_setting.ts";
import { type CommandLineOptions, runCommandLine } from "../../shared/settings/run_command_line.ts";
import { setting, switchSetting } from "../../shared/settings/setting.ts";
import {
  address,
  byteSize,
  duration,
  path,
  valueParser,
} from "../../shared/settings/value_parsers.ts";
import type { Environment } from "../../shared/settings/variable.ts";
import type { Address } from "../../shared/text/address.ts";
import { quoted } from "../../shared/text/quoted.ts";
import { isCommandWord } from "./plain_command_line.ts";
import { nearCommand } from "./near_command.ts";
import { commandText } from "./command_texts.ts";
import {
  folderSetting,
  serverSetting,
  type Shown,
  shownSettings,
  timeoutSetting,
} from "./common_settings.ts";
import { type CompletionsSettings, completionsSettings } from "./completions_settings.ts";
import { type DoctorSettings, doctorSettings } from "./doctor_settings.ts";
import { type IdentitySettings, identitySettings } from "./identity_settings.ts";
import { withoutManyFiles } from "./many_files.ts";
import { type ClientSettings, CONFLICT_CHOICES, RANGES, USUAL } from "./send_settings.ts";
import { NO_QUIRKS, parseQuirks, QUIRKS, type Quirks } from "../protocol3/connection/quirks.ts";

/** Everything that can be set for `probe`. */
export interface ProbeSettings extends Shown {
  readonly command: "probe";
  readonly server: Address;
  /** Milliseconds. */
  readonly timeout: number;
}

/** The settings of one of the commands. */
export type AnySettings =
  | ClientSettings
  | ProbeSettings
  | DoctorSettings
  | IdentitySettings
  | CompletionsSettings;

/** The commands: what each is for, and the parser of what stands behind it. */
export const COMMANDS = {
  send: { summary: "Send files; the command may be left out", parser: sending },
  probe: { summary: "Find out what a server speaks, without registering", parser: probing },
  doctor: {
    summary: "Examine what usually goes wrong, and say what to do",
    parser: doctorSettings,
  },
  identity: {
    summary: "Say that a server has moved: identity move OLD NEW",
    parser: identitySettings,
  },
  completions: {
    summary: "Print a script that lets a shell complete command lines",
    parser: completionsSettings,
  },
} as const;

/**
 * Reads the client's command line and environment: a command, which comes first and may be left out
 * for `send`, then files and flags in any order. A file that is named like a command
 * needs the command in front of it, or its folder: `./send`.
 *
 * `onExit` is called, after the text has been printed, with 0 for `--help` and `--version` and with 2
 * for anything that cannot be understood.
 */
export function readCommandLine(
  args: readonly string[],
  { program = "deno task client", ...options }: ClientCommandLineOptions,
): AnySettings {
  // Not left to the parser: its commands cannot be left out on an empty command line.
  const [first, ...rest] = args;
  const { env } = options;
  const text = (command: AnySettings["command"]) => ({
    ...commandText(program, command),
    ...options,
  });
  if (first === HELP) return readHelp(rest, { program, ...options });
  if (first === "probe") return runCommandLine(probing(env), rest, text("probe"));
  if (first === "doctor") return runCommandLine(doctorSettings(env), rest, text("doctor"));
  if (first === "identity") return runCommandLine(identitySettings(env), rest, text("identity"));
  if (first === "completions") {
    const [shell, ...words] = rest;
    const shells = shell ? [shell] : [];
    const settings = runCommandLine(completionsSettings(), shells, text("completions"));
    return { ...settings, words: words.length > 0 ? words : undefined };
  }
  const { args: few, restore } = withoutManyFiles(first === "send" ? rest : args);
  const settings = runCommandLine(sending(env), few, text("send"));
  return { ...settings, files: restore(settings.files) };
}

/** Answers `help`, and `help COMMAND`. */
function readHelp(
  [command = HELP, ...more]: readonly string[],
  options: ClientCommandLineOptions,
): AnySettings {
  if (command === HELP) return readCommandLine(["--help"], options);
  if (isCommandWord(command) && more.length === 0) {
    return readCommandLine([command, "--help"], options);
  }
  const near = nearCommand(command);
  const advice = near === undefined
    ? `"${options.program} help" lists them`
    : `perhaps you mean "${near}"`;
  const complaint = `There is no command ${quoted([command, ...more].join(" "))}; ${advice}`;
  options.stderr(`error: ${complaint}\n`);
  return options.onExit(2, complaint);
}

const HELP = "help";

/** What the client's command line is read in. */
export interface ClientCommandLineOptions extends CommandLineOptions {
  /** How the client was called, for help texts; default: `deno task client`. */
  readonly program?: string;
}

function probing(env: Environment) {
  return merge(
    object("What to ask", {
      command: constant("probe"),
      server: argument(address, {
        description: message`The server whose revision and deviations are to be found out.`,
      }),
      timeout: timeoutSetting(env),
    }),
    shownSettings(env, {
      json: "Print one JSON object on standard output, and nothing else there",
      quiet: "Print no result: the exit code tells",
    }),
  );
}

const quirkList = valueParser<Quirks>({
  metavar: "LIST",
  placeholder: NO_QUIRKS,
  parse: parseQuirks,
  expected: (text) =>
    message`Expected some of ${
      messageText(Object.keys(QUIRKS).join(", "))
    }, separated by commas, and per-packet-crc only with per-packet-cbc, but got ${text}`,
  format: (quirks) => [...quirks].join(",") || "none",
  suggestions: Object.keys(QUIRKS),
});

function sending(env: Environment) {
  const text = <const D>(description: string, fallback: D) => ({ description, fallback, env });
  return merge(
    object("What to send", {
      command: constant("send"),
      files: multiple(argument(path("FILE"), {
        description: message`The files to send. Without any, the one in line 3 of transfer.info.`,
      })),
      dir: folderSetting(env),
    }),
    object("To whom, and as whom", {
      server: serverSetting(env),
      name: setting(
        "--name",
        string({ metavar: "NAME" }),
        text("The name to register under, in place of line 2 of transfer.info", USUAL.name),
      ),
    }),
    object("How to send", {
      revision: setting(
        "--revision",
        revisionChoice,
        text(
          `The revision of protocol 3: ${REVISION_CHOICES}. With auto it is found out; only 2022c ` +
            "has to be named",
          USUAL.revision,
        ),
      ),
      retries: setting(
        "--retries",
        integer({ ...RANGES.retries, metavar: "N" }),
        text(
          "How often a request is sent again after an error, and a file after a wrong checksum",
          USUAL.retries,
        ),
      ),
      retryTime: setting(
        "--retry-time",
        duration(RANGES.retryTime.least),
        text(
          "How long a connection that was lost is made again, once the server has taken the client in",
          USUAL.retryTime,
        ),
      ),
      timeout: timeoutSetting(env),
      packetSize: setting(
        "--packet-size",
        byteSize(RANGES.packetSize),
        text(
          "Bytes of content in a packet, where the revision has packets (default: 32KiB, and 1MiB " +
            "for files of more than 16 MiB)",
          USUAL.packetSize,
        ),
      ),
      packetDelay: setting(
        "--packet-delay",
        duration(RANGES.packetDelay.least),
        text(
          "How long to wait between two packets, for servers that cannot keep up",
          USUAL.packetDelay,
        ),
      ),
      parallel: setting(
        "--parallel",
        integer({ ...RANGES.parallel, metavar: "N" }),
        text(
          "Connections that several files are sent over side by side (default: 8 for each core, 16 " +
            "at most; 1 with --compat)",
          USUAL.parallel,
        ),
      ),
      onConflict: setting(
        "--on-conflict",
        choice(CONFLICT_CHOICES, { metavar: "CHOICE" }),
        text(
          "What to do about several of the files that would be one on the server, by name: refuse " +
            "them, or rename all but the first to NAME (2) and so on",
          USUAL.onConflict,
        ),
      ),
      allowGrowing: switchSetting("--allow-growing", {
        description:
          "Send of a file that grows, such as a log, what it had in the beginning; without it a file " +
          "that changes is an error",
        env,
      }),
      quirks: setting(
        "--compat",
        quirkList,
        text(
          `Habits that the server counts on, separated by commas: ${
            Object.keys(QUIRKS).join(", ")
          }`,
          USUAL.quirks,
        ),
      ),
    }),
    shownSettings(env),
  );
}
