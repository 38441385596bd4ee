import { byteSize, choice, duration, path, text, wholeNumber } from "../../shared/settings/kind.ts";
import { REVISION_CHOICES, revisionChoice } from "../../shared/settings/revision_choice.ts";
import {
  type Command,
  optional,
  rest,
  setting,
  type SettingsOf,
  toggle,
} from "../../shared/settings/setting.ts";
import { DIR, SERVER, shown, TIMEOUT } from "./common_settings.ts";
import { quirkList, QUIRKS } from "./quirk_setting.ts";

/** What to do about several files of one command that would be one file on the server. */
export type OnConflict = "refuse" | "rename";

/** The settings of `send`: sizes in bytes, times in milliseconds. */
export type ClientSettings = { readonly command: "send" } & SettingsOf<typeof SEND>;

/** The settings for the output of `send`; all commands have these flags. */
export const SHOWN = shown({
  json: "Print one JSON object per file on standard output as each ends, and nothing else",
  quiet: "Show no progress and no results, only errors",
});

/** The settings of `send`. */
export const SEND = {
  "What to send": {
    files: rest(path("FILE"), {
      help: "The files to send. Without any, the one in line 3 of transfer.info",
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
    retryTime: setting("--retry-time", duration(), {
      help: "How long a connection that was lost is made again, once the server has taken the " +
        "client in",
      fallback: 90_000,
    }),
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
        "core, 16 at most; 1 with --compat)",
    }),
    onConflict: setting("--on-conflict", choice<OnConflict>("CHOICE", ["refuse", "rename"]), {
      help: "What to do about several of the files that would be one on the server, by name: " +
        "refuse them, or rename all but the first to NAME (2) and so on",
      fallback: "refuse",
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
