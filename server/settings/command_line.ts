import { merge, object } from "@optique/core/constructs";
import { choice } from "@optique/core/valueparser";
import {
  type CommandLineOptions,
  type ProgramText,
  runCommandLine,
} from "../../shared/settings/run_command_line.ts";
import { atHome } from "../../shared/settings/standing.ts";
import { setting, switchSetting } from "../../shared/settings/setting.ts";
import { byteSize, duration, path, shownText } from "../../shared/settings/value_parsers.ts";
import {
  REVISION_CHOICES,
  type RevisionChoice,
  revisionChoice,
} from "../../shared/settings/revision_setting.ts";
import type { Environment } from "../../shared/settings/variable.ts";
import { limitSettings } from "./limit_settings.ts";
import type { Limits } from "./limits.ts";
import {
  EVERY_ADDRESS,
  listenHost,
  type ListenSetting,
  listenSetting,
  portNumber,
  webAddress,
} from "./listen_setting.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevelName } from "../observe/log.ts";

/** Everything that can be set on the server's command line. */
export interface ServerSettings extends Omit<Limits, "fileSize"> {
  readonly host: string;
  /** Undefined when the port comes from `portFile`. */
  readonly port: number | undefined;
  readonly portFile: string;
  /** The addresses named one by one; when there are any, `host` counts only together with `port`. */
  readonly listen: readonly ListenSetting[];
  /** Where the page that offers the client is served; undefined for nowhere. */
  readonly http: Omit<ListenSetting, "revision"> | undefined;
  /** The folder of the files that it offers; undefined for none. */
  readonly downloads: string | undefined;
  /** What that page is headed with; undefined for the address of the server. */
  readonly title: string | undefined;
  /** What it says first, in one or more lines; undefined for nothing. */
  readonly notice: string | undefined;
  readonly data: string;
  /** Undefined for the database in the data folder. */
  readonly database: string | undefined;
  readonly revision: RevisionChoice;
  /** Refuses all deviations from the letter of the protocol. */
  readonly strict: boolean;
  /** Bytes. */
  readonly maxFileSize: number;
  /** Milliseconds. */
  readonly grace: number;
  readonly logLevel: LogLevelName;
  readonly logFormat: LogFormat;
}

const TEXT: ProgramText = {
  name: "sealpost",
  usage: ["deno task server [OPTION...]"],
  brief: "The Sealpost server: receives encrypted files over protocol 3 and keeps them.",
  examples: [
    "deno task server",
    "deno task server --host 127.0.0.1 --port 1256 --data ./data",
    "deno task server --listen '*:1256' --listen '*:1357=2023c'",
    "deno task server --http 127.0.0.1:8256 --downloads ./dist",
  ],
  exitCodes: "0 stopped by a signal; 1 any other fault; 2 usage, configuration or a port in use.",
};

/**
 * Reads the server's command line and environment.
 *
 * `onExit` is called, after the text has been printed, with 0 for `--help` and `--version` and with 2
 * for anything that cannot be understood.
 */
export function readCommandLine(
  args: readonly string[],
  { home = ".", ...options }: ServerCommandLineOptions,
): ServerSettings {
  return runCommandLine(parser(options.env, home), args, { ...TEXT, ...options });
}

/** What the server's command line is read in. */
export interface ServerCommandLineOptions extends CommandLineOptions {
  /** The folder of what has a usual place; see `Standing`. Default: the current one. */
  readonly home?: string;
}

function parser(env: Environment, home: string) {
  const text = <const D>(description: string, fallback: D) => ({ description, fallback, env });
  return merge(
    object("Where to listen", {
      host: setting(
        "--host",
        listenHost,
        text("The address to listen on; * is every one, over IPv6 and IPv4", EVERY_ADDRESS),
      ),
      port: setting(
        "--port",
        portNumber,
        text(
          "The port to listen on; 0 takes a free one. Without it the port is read from the port file",
          undefined,
        ),
      ),
      portFile: setting(
        "--port-file",
        path("PATH"),
        text(
          "The file that holds the port; when it is missing or wrong, 1256 is used",
          atHome(home, "port.info"),
        ),
      ),
      listen: listenSetting(env),
      revision: setting(
        "--revision",
        revisionChoice,
        text(
          `The revision of protocol 3 that clients speak: ${REVISION_CHOICES}. With auto the first ` +
            "request tells",
          "auto",
        ),
      ),
      strict: switchSetting("--strict", {
        description:
          "Refuse what clients in the field do otherwise than the protocol says; each refusal names the deviation",
        env,
      }),
    }),
    object("What to offer", {
      http: setting(
        "--http",
        webAddress,
        text(
          "Serve a web page there that offers the client and tells how to send files here; without " +
            "it there is none",
          undefined,
        ),
      ),
      downloads: setting(
        "--downloads",
        path("FOLDER"),
        text(
          "The folder of a release, with its SHA256SUMS, whose files the page offers",
          undefined,
        ),
      ),
      title: setting(
        "--title",
        shownText("TEXT", { longest: 100 }),
        text("What the page is headed with, in the place of this server's address", undefined),
      ),
      notice: setting(
        "--notice",
        shownText("TEXT", { longest: 2_000, lines: true }),
        text("What the page says first: who runs this, what may be sent, whom to ask", undefined),
      ),
    }),
    object("What to keep", {
      data: setting(
        "--data",
        path("FOLDER", { creates: true }),
        text(
          "The folder for received files and the database; made when missing, readable by its " +
            "owner alone",
          atHome(home, "data"),
        ),
      ),
      database: setting(
        "--database",
        path("PATH", { creates: true }),
        text(
          "The SQLite database, or :memory: for one that ends with the server (default: " +
            "defensive.db in the data folder)",
          undefined,
        ),
      ),
      maxFileSize: setting(
        "--max-file-size",
        byteSize({ least: 1 }),
        text("The largest file to accept", 4 * 1024 ** 3),
      ),
    }),
    limitSettings(env),
    object("How to run", {
      grace: setting(
        "--grace",
        duration(),
        text("How long transfers under way may go on after SIGINT or SIGTERM", 10_000),
      ),
      logLevel: setting(
        "--log-level",
        choice(LOG_LEVELS, { metavar: "LEVEL" }),
        text("The least important lines to log: debug, info, warning or error", "info"),
      ),
      logFormat: setting(
        "--log-format",
        choice(LOG_FORMATS, { metavar: "FORMAT" }),
        text(
          "How lines are logged on standard error: pretty for people, json for programs",
          "pretty",
        ),
      ),
    }),
  );
}
