import { merge, object, or } from "@optique/core/constructs";
import { runParser } from "@optique/core/facade";
import { type Message, message, text as messageText } from "@optique/core/message";
import { multiple } from "@optique/core/modifiers";
import { argument, command } from "@optique/core/primitives";
import { integer, string } from "@optique/core/valueparser";
import {
  REVISION_CHOICES,
  type RevisionChoice,
  revisionChoice,
} from "../shared/command_line/revision_setting.ts";
import { type Environment, setting, switchSetting } from "../shared/command_line/setting.ts";
import { byteSize, duration, path, valueParser } from "../shared/command_line/value_parsers.ts";
import { type Address, formatAddress, parseAddress } from "../shared/files/address.ts";

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

const address = valueParser<Address>({
  metavar: "HOST:PORT",
  placeholder: { host: "127.0.0.1", port: 1256 },
  parse(text) {
    try {
      return parseAddress(text);
    } catch {
      return undefined;
    }
  },
  expected: (text) => message`Expected HOST:PORT, for instance 127.0.0.1:1256, but got ${text}.`,
  format: formatAddress,
});

/**
 * Reads the client's command line and environment.
 *
 * `onExit` is called, after the text has been printed, with 0 for `--help` and `--version` and with 2
 * for anything that cannot be understood.
 */
export function readCommandLine(
  args: readonly string[],
  { env, version, colors, onExit }: {
    readonly env: Environment;
    readonly version: string;
    readonly colors: boolean;
    readonly onExit: (code: number) => never;
  },
): ClientSettings {
  return runParser(parser(env), "sealpost", args, {
    help: { option: true, onShow: () => onExit(0) },
    version: { value: version, option: true, onShow: () => onExit(0) },
    onError: () => onExit(2),
    aboveError: "none",
    colors,
    termWidth: "auto",
    maxWidth: 100,
    showDefault: true,
    brief:
      message`The Sealpost client: sends files, encrypted and checked, to a server of protocol 3.`,
    footer:
      message`Exit codes: 0 sent and verified; 1 a transfer failed for good; 2 usage, configuration or a local file; 3 no connection could be made; 4 the server refused: the name is taken, or the client is not registered. With several files, that of the first one that failed. Every flag can be set by the variable named beside it; the flag counts more.`,
  });
}

function parser(env: Environment) {
  return or(command("send", sending(env), { hidden: true }), sending(env));
}

function sending(env: Environment) {
  const text = <const D>(description: Message, fallback: D) => ({ description, fallback, env });
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
          message`The folder of transfer.info, me.info and priv.key; the current one when not given.`,
          undefined,
        ),
      ),
    }),
    object("To whom, and as whom", {
      server: setting(
        "--server",
        address,
        text(message`The server, in place of line 1 of transfer.info.`, undefined),
      ),
      name: setting(
        "--name",
        string({ metavar: "NAME" }),
        text(
          message`The name to register under, in place of line 2 of transfer.info.`,
          undefined,
        ),
      ),
    }),
    object("How to send", {
      revision: setting(
        "--revision",
        revisionChoice,
        text(
          message`The revision of protocol 3: ${
            messageText(REVISION_CHOICES)
          }. With auto it is found out; only 2022c has to be named.`,
          "auto",
        ),
      ),
      retries: setting(
        "--retries",
        integer({ min: 0, max: 1000, metavar: "N" }),
        text(
          message`How often a request is sent again after an error, and a file after a wrong checksum.`,
          3,
        ),
      ),
      timeout: setting(
        "--timeout",
        duration(1),
        text(message`How long to wait for anything from the server.`, 30_000),
      ),
      packetSize: setting(
        "--packet-size",
        byteSize({ least: 1, most: MAX_PACKET_SIZE, metavar: "BYTES" }),
        text(
          message`Bytes of content in a packet, where the revision has packets. By default 32 KiB, or more where the file needs it.`,
          undefined,
        ),
      ),
    }),
    object("What to show", {
      json: switchSetting("--json", {
        description:
          message`Print one JSON object per file on standard output at the end, and nothing else there.`,
        env,
      }),
      quiet: switchSetting("--quiet", {
        description: message`Show no progress and no results, only errors.`,
        env,
      }),
      verbose: switchSetting("--verbose", {
        description: message`Also tell what is said to the server, and how it went.`,
        env,
      }),
    }),
  );
}
