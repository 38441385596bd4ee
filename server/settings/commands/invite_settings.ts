import type { ProgramText } from "../../../shared/settings/help.ts";
import { byteSize, duration, kind, path } from "../../../shared/settings/kind.ts";
import { DAY, YEAR } from "../../../shared/settings/quantity.ts";
import {
  type CommandLineOptions,
  runCommandLine,
} from "../../../shared/settings/run_command_line.ts";
import {
  argument,
  type Command,
  optional,
  setting,
  type SettingsOf,
  toggle,
} from "../../../shared/settings/setting.ts";
import { atHome } from "../../../shared/settings/standing.ts";
import { type Address, formatAddress, parseAddress } from "../../../shared/text/address.ts";
import { checkUserName, TextFileError } from "../../../shared/text/text.ts";
import { DATABASE } from "../database_settings.ts";

/** All settings of the command that invites a client: bytes, milliseconds. */
export type InviteSettings = SettingsOf<ReturnType<typeof inviteCommand>>;

/** The port of a server whose address names none. */
const DEFAULT_PORT = 1256;

/** Where clients reach a server, or an address that was printed, with its invitation. */
interface InviteAddress extends Address {
  readonly invitation?: string | undefined;
}

/** An address as the command prints it. */
const PRINTED = /^sealpost:\/\/([^/]+)\/#[\w-]+\.([\w-]+)$/;

const server = kind<InviteAddress>({
  metavar: "HOST[:PORT]",
  parse(text) {
    try {
      const [, printed, invitation] = PRINTED.exec(text) ?? [];
      if (printed !== undefined) return { ...parseAddress(printed), invitation };
      return parseAddress(/^(?:\[[^\]]*\]|[^:]*)$/.test(text) ? `${text}:${DEFAULT_PORT}` : text);
    } catch (error) {
      if (error instanceof TextFileError) return undefined;
      throw error;
    }
  },
  expected: "the address at which clients reach the server",
  format: formatAddress,
});

const userName = kind({
  metavar: "NAME",
  parse(text) {
    try {
      checkUserName(text);
      return text;
    } catch (error) {
      if (error instanceof TextFileError) return undefined;
      throw error;
    }
  },
  expected: "a name of 1 to 100 characters",
});

/** The settings of the command that invites a client. */
export function inviteCommand(home: string) {
  return {
    Server: {
      server: argument(server, {
        help: "Where clients reach the server; the port is 1256 unless it is given",
      }),
      data: setting("--data", path("FOLDER", { creates: true }), {
        help: "The data folder of the server",
        fallback: atHome(home, "data"),
      }),
      ...DATABASE,
    },
    Invitation: {
      name: optional("--name", userName, {
        help: "The only name that may be registered with it",
      }),
      quota: optional("--quota", byteSize({ least: 1 }), {
        help: "The most bytes that the client may keep",
      }),
      expires: setting("--expires", duration(1_000, YEAR), {
        help: "How long it can be used",
        fallback: 7 * DAY,
      }),
      withdraw: toggle("--withdraw", {
        help: "Withdraw an invitation that no client has used, by the address that was printed",
      }),
    },
  } as const satisfies Command;
}

const TEXT: ProgramText = {
  usage: [
    "deno task invite [OPTION...] HOST[:PORT]",
    "deno task invite [OPTION...] --withdraw ADDRESS",
  ],
  brief: "Makes an address by which one client can register at a server once.",
  examples: [
    "deno task invite server.example",
    "deno task invite --name maya --quota 10GiB --expires 2d server.example:1256",
    "deno task invite --database 'postgres://sealpost@db.example/sealpost' server.example",
  ],
  exitCodes: "0 made, or withdrawn; 2 usage, or a folder or a database that cannot be used.",
};

/**
 * Reads the command line. Returns undefined if it asked for help or the version, which has been
 * printed. Throws a `UsageError` if it is invalid.
 */
export function readInviteCommandLine(
  args: readonly string[],
  { home, ...options }: Omit<CommandLineOptions, "text"> & { readonly home: string },
): InviteSettings | undefined {
  return runCommandLine(inviteCommand(home), args, { ...options, text: TEXT });
}
