import { choice, path, text } from "../../shared/settings/kind.ts";
import {
  argument,
  type Command,
  optional,
  rest,
  type SettingsOf,
  toggle,
} from "../../shared/settings/setting.ts";
import { CONFIG, KNOWN_SERVER, shown, TIMEOUT } from "./send_settings.ts";

/** Of commands that print one object. */
const SHOWN = shown({
  json: "Print one JSON object on standard output, and nothing else there",
  quiet: "Print no result: the exit code tells",
});

const LABEL = optional("--label", text("TEXT"), {
  help: 'What this computer is called in "devices"',
});

/** The settings of `login`. */
export const LOGIN = {
  "Where to log in, and as whom": {
    server: argument(text("ADDRESS"), {
      help: "The server's address, as it prints it: sealpost://HOST:PORT/#KEY, perhaps with an " +
        "invitation behind the key. Without #KEY, as in HOST or HOST:PORT, the server is asked " +
        "for it, and you for consent",
    }),
    name: optional("--name", text("NAME"), { help: "The name to register under" }),
    label: LABEL,
    invitation: optional("--invitation", path("FILE"), {
      help: "A file with the invitation, or - for standard input, if it is not in the address",
    }),
    acceptNew: toggle("--accept-new", {
      help: "Accept the key of a server that is not known, without a question; never a key that " +
        "has changed",
    }),
    dir: CONFIG,
    timeout: TIMEOUT,
  },
  "What to show": SHOWN,
} as const satisfies Command;

/** The settings of `devices`. */
export const DEVICES = {
  "What to do": {
    action: argument(choice("ACTION", ["add", "list", "remove"]), {
      help: "add prints a one-time address for another computer of yours, list shows all of " +
        "them, remove ends one by its id",
      fallback: "list",
    }),
    ids: rest(text("ID"), { help: "The computer to remove: its id, or the beginning of it" }),
    server: KNOWN_SERVER,
    dir: CONFIG,
    timeout: TIMEOUT,
  },
  "What to show": SHOWN,
} as const satisfies Command;

/** The settings of `status`. */
export const STATUS = {
  "What to look at": { server: KNOWN_SERVER, dir: CONFIG, timeout: TIMEOUT },
  "What to show": SHOWN,
} as const satisfies Command;

/** The values of the settings of `login`. */
export type LoginSettings = { readonly command: "login" } & SettingsOf<typeof LOGIN>;

/** The values of the settings of `devices`. */
export type DevicesSettings = { readonly command: "devices" } & SettingsOf<typeof DEVICES>;

/** The values of the settings of `status`. */
export type StatusSettings = { readonly command: "status" } & SettingsOf<typeof STATUS>;
