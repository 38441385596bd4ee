import type { ProgramText } from "../../shared/settings/help.ts";
import {
  choice,
  duration,
  type Kind,
  kind,
  path,
  REVISION_CHOICES,
  revisionChoice,
} from "../../shared/settings/kind.ts";
import { DAY, YEAR } from "../../shared/settings/quantity.ts";
import { type CommandLineOptions, runCommandLine } from "../../shared/settings/run_command_line.ts";
import {
  type Command,
  list,
  optional,
  setting,
  type SettingsOf,
  toggle,
  type ValueSetting,
} from "../../shared/settings/setting.ts";
import { atHome } from "../../shared/settings/standing.ts";
import { hostFault } from "../../shared/text/address.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogLevelName } from "../observe/log.ts";
import { BUCKET } from "./bucket_settings.ts";
import { DATABASE } from "./database_settings.ts";
import { LIMITS, MAX_FILE_SIZE } from "./limit_settings.ts";
import {
  EVERY_ADDRESS,
  listenAddress,
  listenHost,
  portNumber,
  protocolsChoice,
  webAddress,
} from "./listen_setting.ts";
import { network } from "./network_setting.ts";
import { shownText } from "./shown_text.ts";

/** Who may register by protocol 4: all, those with an invitation, or none. */
const REGISTRATION_MODES = ["open", "invite", "closed"] as const;
export type RegistrationMode = typeof REGISTRATION_MODES[number];

/** A name in the DNS: labels of letters, digits and hyphens, 253 characters at most. */
const NAME = /^(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;

/** An IPv4 address, which no certificate has as a name. */
const NUMBERS = /^[0-9.]+$/;

/** The value of `--hostname`, in lower case. */
const hostname: Kind<string> = kind({
  metavar: "NAME",
  parse(text) {
    const name = text.toLowerCase();
    return NAME.test(name) && !NUMBERS.test(name) ? name : undefined;
  },
  expected: "a host name such as server.example",
  fault: hostFault,
});

/** All settings of the server's command line: bytes, milliseconds. */
export type ServerSettings = SettingsOf<ReturnType<typeof serverCommand>>;

/** The level of the log, which also determines the details of unexpected errors. */
export const LOG_LEVEL: ValueSetting<LogLevelName, LogLevelName> = setting(
  "--log-level",
  choice("LEVEL", LOG_LEVELS),
  { help: "The least important lines to log: debug, info, warning or error", fallback: "info" },
);

/** The server's settings. `home` is the folder of what has a usual place; see `Standing`. */
export function serverCommand(home: string) {
  return {
    "Where to listen": {
      host: setting("--host", listenHost, {
        help: "The address to listen on; * is every one, over IPv6 and IPv4",
        fallback: EVERY_ADDRESS,
      }),
      port: optional("--port", portNumber, {
        help: "The port to listen on; 0 takes a free one. Without it the port is read " +
          "from the port file",
      }),
      portFile: setting("--port-file", path("PATH"), {
        help: "The file that holds the port; when it is missing or wrong, 1256 is used",
        fallback: atHome(home, "port.info"),
      }),
      listen: list("--listen", listenAddress, {
        help:
          "An address to listen on, with a revision of its own, or 4 for protocol 4 alone; may " +
          "be given several times, and then stands in place of --host",
      }),
      protocols: setting("--protocols", protocolsChoice, {
        help: "The protocols that clients speak on each listener: 3,4 for both on the same port",
        fallback: "3,4",
      }),
      hostnames: list("--hostname", hostname, {
        help: "A name by which clients reach this server; the first is printed, and the server's " +
          "own certificate has all",
      }),
      certificate: optional("--certificate", path("FILE"), {
        help: "A certificate of a CA for the server's names, with its chain, in PEM, beside the " +
          "server's own",
      }),
      key: optional("--key", path("FILE"), { help: "The private key of --certificate, in PEM" }),
      proxies: list("--proxy-protocol-from", network, {
        help: "The addresses of balancers that put a PROXY header, version 1 or 2, in front of " +
          "each connection: the client is the one that it names. May be given several times",
      }),
      revision: setting("--revision", revisionChoice, {
        help: `The revision of protocol 3 that clients speak: ${REVISION_CHOICES}. With auto the ` +
          "first request tells",
        fallback: "auto",
      }),
      strict: toggle("--strict", {
        help:
          "Refuse what clients in the field do otherwise than the protocol says; each refusal " +
          "names the deviation",
      }),
    },
    "What to offer": {
      http: optional("--http", webAddress, {
        help: "Serve a web page there that offers the client and tells how to send files here; " +
          "without it there is none",
      }),
      downloads: optional("--downloads", path("FOLDER"), {
        help: "The folder of a release, with its SHA256SUMS, whose files the page offers",
      }),
      title: optional("--title", shownText({ longest: 100 }), {
        help: "What the page is headed with, in the place of this server's address",
      }),
      notice: optional("--notice", shownText({ longest: 2_000, lines: true }), {
        help: "What the page says first: who runs this, what may be sent, whom to ask",
      }),
    },
    "What to keep": {
      data: setting("--data", path("FOLDER", { creates: true }), {
        help: "The folder for received files and the database; made when missing, readable by " +
          "its owner alone",
        fallback: atHome(home, "data"),
      }),
      ...DATABASE,
      ...BUCKET,
      maxFileSize: MAX_FILE_SIZE,
      uploadTime: setting("--upload-time", duration(1_000, YEAR), {
        help: "How long an upload of protocol 4 that was interrupted is kept after its last byte",
        fallback: 7 * DAY,
      }),
      keepUnverified: setting("--keep-unverified", choice("WHETHER", ["yes", "no"]), {
        help:
          "Whether to keep a whole file on which its client gives no verdict, as not verified " +
          "and never in the place of a verified one",
        fallback: "yes",
      }),
    },
    "What to allow": {
      registration: setting("--registration", choice("MODE", REGISTRATION_MODES), {
        help: "Who may register by protocol 4: all, those with an invitation, or none",
        fallback: "open",
      }),
      ...LIMITS,
    },
    "How to run": {
      grace: setting("--grace", duration(), {
        help: "How long transfers under way may go on after SIGINT or SIGTERM",
        fallback: 10_000,
      }),
      logLevel: LOG_LEVEL,
      logFormat: setting("--log-format", choice("FORMAT", LOG_FORMATS), {
        help: "How lines are logged on standard error: pretty for people, json for programs",
        fallback: "pretty",
      }),
    },
  } as const satisfies Command;
}

/** The texts of `--help`. */
const TEXT: ProgramText = {
  usage: ["deno task server [OPTION...]"],
  brief: "The Sealpost server: receives files over protocols 3 and 4 and keeps them.",
  examples: [
    "deno task server",
    "deno task server --host 127.0.0.1 --port 1256 --data ./data",
    "deno task server --listen '*:1256' --listen '*:1357=2023c'",
    "deno task server --hostname server.example --protocols 4",
    "deno task server --http 127.0.0.1:8256 --downloads ./dist",
  ],
  exitCodes: "0 stopped by a signal; 1 any other fault; 2 usage, configuration or a port in use.",
};

/**
 * Reads the server's command line. Returns undefined if it asked for help or the version, which has
 * been printed. Throws a `UsageError` if it is invalid.
 */
export function readCommandLine(
  args: readonly string[],
  { home, ...options }: Omit<CommandLineOptions, "text"> & { readonly home: string },
): ServerSettings | undefined {
  return runCommandLine(serverCommand(home), args, { ...options, text: TEXT });
}
