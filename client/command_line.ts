import { merge, object } from "@optique/core/constructs";
import { multiple } from "@optique/core/modifiers";
import { argument } from "@optique/core/primitives";
import { message } from "@optique/core/message";
import { integer, string } from "@optique/core/valueparser";
import {
  REVISION_CHOICES,
  type RevisionChoice,
  revisionChoice,
} from "../shared/command_line/revision_setting.ts";
import {
  type CommandLineOptions,
  type ProgramText,
  runCommandLine,
} from "../shared/command_line/run_command_line.ts";
import { type Environment, setting, switchSetting } from "../shared/command_line/setting.ts";
import { address, byteSize, duration, path } from "../shared/command_line/value_parsers.ts";
import type { Address } from "../shared/files/address.ts";

/** Everything that can be set on the client's command line. */
export interface ClientSettings {
  /** The files to send; none for the one that `transfer.info` names. */
  readonly files: readonly string[];
  /** Where `transfer.info`, `me.info` and `priv.key` are; undefined for the usual places. */
  readonly dir: string | undefined;
  readonly server: Address | undefined;
  readonly name: string | undefined;
  readonly revision: RevisionChoice;
  readonly retries: number;
  /** Milliseconds. */
  readonly timeout: number;
  /** Bytes of content in a packet; undefined for what suits the file. */
  readonly packetSize: number | undefined;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** More than any payload can hold. */
const MAX_PACKET_SIZE = 0xffff_ffff - 1024;

const TEXT: ProgramText = {
  name: "sealpost",
  usage: ["deno task client [send] [FILE...] [OPTION...]"],
  brief: "The Sealpost client: sends files, encrypted and checked, to a server of protocol 3.",
  examples: [
    "deno task client",
    "deno task client holiday.mov --server 127.0.0.1:1256 --name 'Michael Jackson'",
  ],
  exitCodes:
    "0 sent and verified; 1 a transfer failed for good; 2 usage, configuration, a local file, or " +
    "results that could not be written; 3 no connection could be made; 4 the server refused: the " +
    "name is taken, or the client is not registered. With several files, that of the first one " +
    "that failed.",
};

/**
 * Reads the client's command line and environment: a command, which comes first and may be left out
 * since there is only `send`, then files and flags in any order. A file that is named like a command
 * needs the command in front of it, or its folder: `./send`.
 *
 * `onExit` is called, after the text has been printed, with 0 for `--help` and `--version` and with 2
 * for anything that cannot be understood.
 */
export function readCommandLine(
  args: readonly string[],
  options: CommandLineOptions,
): ClientSettings {
  // Not left to the parser: its commands cannot be left out on an empty command line.
  const rest = args[0] === "send" ? args.slice(1) : args;
  return runCommandLine(sending(options.env), rest, { ...TEXT, ...options });
}

function sending(env: Environment) {
  const text = <const D>(description: string, fallback: D) => ({ description, fallback, env });
  return merge(
    object("What to send", {
      files: multiple(argument(path("FILE"), {
        description:
          message`The files to send, one after the other. Without any, the one in line 3 of transfer.info.`,
      })),
      dir: setting(
        "--dir",
        path("FOLDER"),
        text(
          "The folder of transfer.info, me.info and priv.key; the current one when not given",
          undefined,
        ),
      ),
    }),
    object("To whom, and as whom", {
      server: setting(
        "--server",
        address,
        text("The server, in place of line 1 of transfer.info", undefined),
      ),
      name: setting(
        "--name",
        string({ metavar: "NAME" }),
        text("The name to register under, in place of line 2 of transfer.info", undefined),
      ),
    }),
    object("How to send", {
      revision: setting(
        "--revision",
        revisionChoice,
        text(
          `The revision of protocol 3: ${REVISION_CHOICES}. With auto it is found out; only 2022c ` +
            "has to be named",
          "auto",
        ),
      ),
      retries: setting(
        "--retries",
        integer({ min: 0, max: 1000, metavar: "N" }),
        text(
          "How often a request is sent again after an error, and a file after a wrong checksum",
          3,
        ),
      ),
      timeout: setting(
        "--timeout",
        duration(1),
        text("How long to wait for anything from the server", 30_000),
      ),
      packetSize: setting(
        "--packet-size",
        byteSize({ least: 1, most: MAX_PACKET_SIZE }),
        text(
          "Bytes of content in a packet, where the revision has packets (default: 32KiB, or more " +
            "where the file needs it)",
          undefined,
        ),
      ),
    }),
    object("What to show", {
      json: switchSetting("--json", {
        description:
          "Print one JSON object per file on standard output at the end, and nothing else there",
        env,
      }),
      quiet: switchSetting("--quiet", {
        description: "Show no progress and no results, only errors",
        env,
      }),
      verbose: switchSetting("--verbose", {
        description: "Also tell what is said to the server, and how it went",
        env,
      }),
    }),
  );
}
