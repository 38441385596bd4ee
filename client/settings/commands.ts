import { address, choice } from "../../shared/settings/kind.ts";
import { argument, type Command, type SettingsOf } from "../../shared/settings/setting.ts";
import {
  type ClientSettings,
  type CommandName,
  CONFIG,
  DIR,
  SEND,
  SERVER,
  shown,
  TIMEOUT,
} from "./send_settings.ts";
import {
  DEVICES,
  type DevicesSettings,
  LOGIN,
  type LoginSettings,
  STATUS,
  type StatusSettings,
} from "./login_settings.ts";
import { TOKEN, type TokenSettings } from "./token_settings.ts";
import {
  GET,
  type GetSettings,
  LIST,
  type ListSettings,
  MOVE,
  type MoveSettings,
  REMOVE,
  type RemoveSettings,
} from "./tree_settings.ts";

/** The shells for which the client has completions. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;

/** One of `SHELLS`. */
export type Shell = typeof SHELLS[number];

const PROBE = {
  "What to ask": {
    server: argument(address, {
      help: "The server whose revision and deviations are to be found out",
    }),
    timeout: TIMEOUT,
    dir: CONFIG,
  },
  "What to show": shown({
    json: "Print one JSON object on standard output, and nothing else there",
    quiet: "Print no result: the exit code tells",
  }),
} as const satisfies Command;

const DOCTOR = {
  "What to examine": { dir: DIR, server: SERVER, timeout: TIMEOUT },
  "What to show": shown({
    json: "Print one JSON object on standard output at the end, and nothing else there",
    quiet: "Show only what failed",
  }),
} as const satisfies Command;

const IDENTITY = {
  "What to do": {
    action: argument(choice("move", ["move"]), {
      help: "Says that a server has another address than before",
    }),
    from: argument({ ...address, metavar: "OLD" }, {
      help: "The address (HOST:PORT) that the server had",
    }),
    to: argument({ ...address, metavar: "NEW" }, { help: "The address that it has now" }),
    dir: DIR,
  },
  "What to show": shown({
    json: "Print one JSON object on standard output, and nothing else there",
    quiet: "Print no result: the exit code tells",
  }),
} as const satisfies Command;

const COMPLETIONS = {
  "What to print": {
    shell: argument(choice("SHELL", SHELLS), {
      help: "The shell to print a script for: bash, zsh, fish or powershell",
    }),
  },
} as const satisfies Command;

/** The commands with their purposes and settings. */
export const COMMANDS = {
  send: { summary: "Send files and folders; the command may be left out", settings: SEND },
  login: {
    summary: "Log in to a server of protocol 4, and register there the first time",
    settings: LOGIN,
  },
  ls: { summary: "List what is stored on a server of protocol 4", settings: LIST },
  get: { summary: "Fetch files and folders from a server of protocol 4", settings: GET },
  rm: { summary: "Remove stored files and folders", settings: REMOVE },
  mv: { summary: "Give a stored file or folder another path", settings: MOVE },
  devices: {
    summary: "Add, list and remove the computers of a client of protocol 4",
    settings: DEVICES,
  },
  status: {
    summary: "Show the servers of protocol 4 that are known, and whether they answer",
    settings: STATUS,
  },
  token: {
    summary: "Make a token for curl and other programs, list tokens, or end one",
    settings: TOKEN,
  },
  probe: {
    summary: "Find out what a server speaks, without registering",
    settings: PROBE,
  },
  doctor: {
    summary: "Examine what usually goes wrong, and say what to do",
    settings: DOCTOR,
  },
  identity: {
    summary: "Say that a server has another address now",
    settings: IDENTITY,
  },
  completions: {
    summary: "Print a script that lets a shell complete command lines",
    settings: COMPLETIONS,
  },
} as const satisfies Readonly<Record<CommandName, unknown>>;

/** The settings of `probe`. */
export type ProbeSettings = { readonly command: "probe" } & SettingsOf<typeof PROBE>;

/** The settings of `doctor`. */
export type DoctorSettings = { readonly command: "doctor" } & SettingsOf<typeof DOCTOR>;

/** The settings of `identity`. */
export type IdentitySettings = { readonly command: "identity" } & SettingsOf<typeof IDENTITY>;

/** The settings of `completions`. */
export type CompletionsSettings =
  & { readonly command: "completions" }
  & SettingsOf<typeof COMPLETIONS>
  & {
    /**
     * The words of a command line after the program's name, the last of which is to be completed;
     * undefined to print the script.
     */
    readonly words: readonly string[] | undefined;
  };

/** The settings of one of the commands. */
export type AnySettings =
  | ClientSettings
  | LoginSettings
  | ListSettings
  | GetSettings
  | RemoveSettings
  | MoveSettings
  | DevicesSettings
  | StatusSettings
  | TokenSettings
  | ProbeSettings
  | DoctorSettings
  | IdentitySettings
  | CompletionsSettings;
