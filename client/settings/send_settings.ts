import {
  address,
  byteSize,
  choice,
  duration,
  type Kind,
  kind,
  path,
  REVISION_CHOICES,
  revisionChoice,
  text,
  wholeNumber,
} from "../../shared/settings/kind.ts";
import { readSettings } from "../../shared/settings/read_settings.ts";
import {
  type Command,
  type Environment,
  optional,
  rest,
  type Section,
  setting,
  type SettingsOf,
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

/**
 * Behaviour of real clients that some servers rely on and that cannot be detected from a server's
 * replies: the values of `--compat`.
 */
export const QUIRKS = {
  /**
   * The last packet, even if it is the only one, is padded with zeros to the packet size, and its
   * size includes them.
   */
  "pad-last": "fill the last packet up with zeros",
  /** The number of a packet and the number of packets are swapped. */
  "swap-packet-fields": "swap packet number and number of packets",
  /** Each request, and so each packet, uses a connection of its own. */
  "connection-per-request": "open a new connection for each request",
  /** Names are at the end of their fields, after NULs. */
  "left-pad-names": "put names at the end of their fields",
  /** The payload size of a file request covers its fields only; the file comes in one packet. */
  "size-without-content": "leave the content out of the payload size of a file",
  /** Requests are padded with zeros to a multiple of 65,535 bytes. */
  "pad-65535": "fill requests up to blocks of 65535",
  /** Each packet is a CBC message of its own, whose size is its content size. */
  "per-packet-cbc": "encrypt each packet on its own",
  /** The server sends the checksum of each packet, and the client confirms it. */
  "per-packet-crc": "confirm the checksum of each packet; needs per-packet-cbc",
} as const;

/** One of `QUIRKS`. */
export type Quirk = keyof typeof QUIRKS;

/** The quirks to use; empty for the protocol as specified. */
export type Quirks = ReadonlySet<Quirk>;

/** Whether `name` is one of `QUIRKS`. */
export function isQuirk(name: string): name is Quirk {
  return Object.hasOwn(QUIRKS, name);
}

/** No quirks: the protocol as specified. */
export const NO_QUIRKS: ReadonlySet<Quirk> = new Set();

const NAMES = Object.keys(QUIRKS);

/** The value of `--compat`: quirks separated by commas. */
export const quirkList: Kind<Quirks> = kind({
  metavar: "LIST",
  parse: parseQuirks,
  expected: `some of ${NAMES.join(", ")}, separated by commas, and per-packet-crc only with ` +
    "per-packet-cbc",
  format: (quirks) => [...quirks].join(","),
  completion: NAMES,
});

function parseQuirks(text: string): Quirks | undefined {
  const names = text.split(",").map((name) => name.trim());
  const quirks = new Set(names.filter(isQuirk));
  // A packet that is not a message of its own has no checksum of its own.
  const alone = quirks.has("per-packet-crc") && !quirks.has("per-packet-cbc");
  return names.every(isQuirk) && !alone ? quirks : undefined;
}

/** What to do about an entry at whose path the server has another one, or would have two. */
export type OnConflict = "replace" | "skip" | "rename" | "ask" | "refuse";

/** The protocol to speak. */
export type ProtocolChoice = "auto" | "3" | "4";

/** The settings of `send`: sizes in bytes, times in milliseconds. */
export type ClientSettings = { readonly command: "send" } & SettingsOf<typeof SEND>;

/** Those of them that sending a tree uses. */
export type SendTreeSettings = Pick<
  ClientSettings,
  "files" | "as" | "onConflict" | "allowGrowing" | "json" | "quiet" | "verbose"
>;

/** The settings for the output of `send`; all commands have these flags. */
export const SHOWN = shown({
  json: "Print one JSON object per file on standard output as each ends, and nothing else",
  quiet: "Show no progress and no results, only errors",
});

const ON_CONFLICT = ["replace", "skip", "rename", "ask", "refuse"] as const;

/** The settings of `send`. */
export const SEND = {
  "What to send": {
    files: rest(path("FILE"), {
      help: "The files to send, with protocol 4 folders too. Without any, the one in line 3 of " +
        "transfer.info",
    }),
    as: optional("--as", text("PATH"), {
      help:
        "The path on a server of protocol 4 for what comes from standard input: send - --as PATH",
    }),
    dir: DIR,
  },
  "To whom, and as whom": {
    server: SERVER,
    name: optional("--name", text("NAME"), {
      help: "The name to register under, in place of line 2 of transfer.info",
    }),
  },
  "How to send": {
    revision: optional("--revision", revisionChoice, {
      help: `The revision of protocol 3: ${REVISION_CHOICES} (default: auto, or what the server ` +
        "took a file in before). With auto it is found out; 2022c may have to be named",
    }),
    retries: setting("--retries", wholeNumber({ least: 0, most: 1000 }), {
      help: "How often a request is sent again after an error, and a file after a wrong checksum",
      fallback: 3,
    }),
    retryTime: RETRY_TIME,
    timeout: TIMEOUT,
    // The maximum is more than any payload can have.
    packetSize: optional("--packet-size", byteSize({ least: 1, most: 0xffff_ffff - 1024 }), {
      help: "Bytes of content in a packet, where the revision has packets (default: 32KiB, and " +
        "1MiB for files of more than 16 MiB)",
    }),
    packetDelay: optional("--packet-delay", duration(), {
      help: "How long to wait between two packets, for servers that cannot keep up (default: 0s)",
    }),
    parallel: optional("--parallel", wholeNumber({ least: 1, most: 64 }), {
      help: "Connections that several files are sent over side by side (default: 8 for each " +
        "core, 16 at most; 1 with --compat). With protocol 4 large files at a time (default: 2)",
    }),
    protocol: setting("--protocol", choice<ProtocolChoice>("NUMBER", ["auto", "3", "4"]), {
      help: "The protocol to speak: 4 with a server that you have logged in to, and 3 with any " +
        "other; auto tells them apart, and never steps down from 4 to 3",
      fallback: "auto",
    }),
    onConflict: setting("--on-conflict", choice<OnConflict>("CHOICE", ON_CONFLICT), {
      help: "What to do about a file or link when the server has something else of its name that " +
        "was not sent from here (protocol 4): replace that or skip it, rename to NAME (2) and so " +
        "on, ask (on a terminal), or refuse, which ask does where there is nothing to ask. " +
        "Nothing replaces a folder, and no folder anything. Of what one command sends to one " +
        "name, the second is refused unless it is renamed (protocol 3: all)",
      fallback: "ask",
    }),
    allowGrowing: toggle("--allow-growing", {
      help: "Send of a file that grows, such as a log, what it had in the beginning; without it " +
        "a file that changes is an error",
    }),
    quirks: optional("--compat", quirkList, {
      help: "Habits that the server counts on, separated by commas: " +
        Object.keys(QUIRKS).join(", "),
    }),
    forget: toggle("--forget", {
      help: "Do not use the --revision, --compat, --packet-size and --packet-delay that the " +
        "server took a file with before",
    }),
  },
  "What to show": SHOWN,
} as const satisfies Command;

/** The result of reading the words of `send`. */
export type SendRead =
  | { readonly type: "settings"; readonly settings: ClientSettings }
  | { readonly type: "help"; readonly command: "send" }
  | { readonly type: "version" };

/** Reads the words of `send`, without the command, as `readSettings()` does. */
export function readSend(words: readonly string[], env: Environment): SendRead {
  const read = readSettings(SEND, words, env);
  if (read.type === "settings") {
    return { type: read.type, settings: { command: "send", ...read.settings } };
  }
  return read.type === "help" ? { type: read.type, command: "send" } : { type: read.type };
}
