import { choice, path, text, wholeNumber } from "../../shared/settings/kind.ts";
import {
  argument,
  type Command,
  optional,
  rest,
  setting,
  type SettingsOf,
  toggle,
} from "../../shared/settings/setting.ts";
import { CONFIG, KNOWN_SERVER, RETRY_TIME, shown, TIMEOUT } from "./send_settings.ts";

/** What to do about an entry in whose place another one is. */
export type LocalConflict = "replace" | "skip" | "rename" | "ask";

const REMOTE = { ...text("PATH"), completion: [] } as const;

const RETRIES = setting("--retries", wholeNumber({ least: 0, most: 1000 }), {
  help: "How often something is asked for again when nothing of it came",
  fallback: 3,
});

const ERRORS_ONLY = "Print no result: the exit code tells";
const RECURSIVE = "-r";

/** The settings of `ls`. */
export const LIST = {
  "What to list": {
    paths: rest(REMOTE, { help: "The folders or files to list. Without any, the root" }),
    long: toggle("--long", {
      short: "-l",
      help: "Show kind and permissions, size and time of each entry, and where a link points to",
    }),
    recursive: toggle("--recursive", {
      short: RECURSIVE,
      help: "Also do so with all that is below a folder",
    }),
    server: KNOWN_SERVER,
    dir: CONFIG,
    timeout: TIMEOUT,
  },
  "What to show": shown({
    json: "Print one JSON object per entry on standard output, and nothing else there",
    quiet: ERRORS_ONLY,
  }),
} as const satisfies Command;

/** The settings of `get`. */
export const GET = {
  "What to fetch": {
    paths: rest(REMOTE, { help: "The files and folders to fetch" }),
    output: optional("--output", path("FOLDER", { creates: true }), {
      short: "-o",
      help: "Where to put them: a folder, which is made if it is missing; for one file also the " +
        "path that it is to have, or - for standard output",
    }),
    server: KNOWN_SERVER,
    dir: CONFIG,
  },
  "How to fetch": {
    onConflict: setting(
      "--on-conflict",
      choice<LocalConflict>("CHOICE", ["replace", "skip", "rename", "ask"]),
      {
        help: "What to do with a file or link in whose place something else is: replace that, " +
          "skip it, rename it to NAME (2) and so on, or ask, which without a terminal is an " +
          "error. Nothing replaces a folder, and no folder anything",
        fallback: "ask",
      },
    ),
    links: setting("--links", choice("WHICH", ["inside", "all"]), {
      help: "Which symbolic links to make: those that stay inside the folder that is fetched, or " +
        "all",
      fallback: "inside",
    }),
    parallel: setting("--parallel", wholeNumber({ least: 1, most: 64 }), {
      help: "Files that are fetched side by side, or four times as many of at most 64 KiB",
      fallback: 4,
    }),
    retries: RETRIES,
    retryTime: RETRY_TIME,
    timeout: TIMEOUT,
  },
  "What to show": shown({
    json: "Print one JSON object per file on standard output as each ends, and nothing else",
    quiet: "Show no progress and no results, only errors",
  }),
} as const satisfies Command;

/** The settings of `rm`. */
export const REMOVE = {
  "What to remove": {
    paths: rest(REMOTE, { help: "The files and folders to remove on the server" }),
    recursive: toggle("--recursive", {
      short: RECURSIVE,
      help: "Also do so with all that is below a folder",
    }),
    server: KNOWN_SERVER,
    dir: CONFIG,
    timeout: TIMEOUT,
  },
  "What to show": shown({
    json: "Print one JSON object per path on standard output, and nothing else there",
    quiet: ERRORS_ONLY,
  }),
} as const satisfies Command;

/** The settings of `mv`. */
export const MOVE = {
  "What to move": {
    from: argument({ ...REMOTE, metavar: "FROM" }, {
      help: "The file or folder on the server that is to have another path",
    }),
    to: argument({ ...REMOTE, metavar: "TO" }, {
      help: "The path that it is to have; in a folder that is there it keeps its name",
    }),
    replace: toggle("--replace", { help: "Replace what has that path already" }),
    server: KNOWN_SERVER,
    dir: CONFIG,
    timeout: TIMEOUT,
  },
  "What to show": shown({
    json: "Print one JSON object on standard output, and nothing else there",
    quiet: ERRORS_ONLY,
  }),
} as const satisfies Command;

/** The settings of `ls`, `get`, `rm` and `mv`. */
export type ListSettings = { readonly command: "ls" } & SettingsOf<typeof LIST>;
export type GetSettings = { readonly command: "get" } & SettingsOf<typeof GET>;
export type RemoveSettings = { readonly command: "rm" } & SettingsOf<typeof REMOVE>;
export type MoveSettings = { readonly command: "mv" } & SettingsOf<typeof MOVE>;
