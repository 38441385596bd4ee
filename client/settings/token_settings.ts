import { choice, duration, text } from "../../shared/settings/kind.ts";
import { DAY, YEAR } from "../../shared/settings/quantity.ts";
import {
  type Command,
  optional,
  setting,
  type SettingsOf,
  toggle,
} from "../../shared/settings/setting.ts";
import { CONFIG, KNOWN_SERVER, shown, TIMEOUT } from "./send_settings.ts";

/** What a token allows. */
export const SCOPES = ["read", "write", "drop"] as const;

/** The settings of `token`. */
export const TOKEN = {
  "What to make, or to end": {
    scope: setting("--scope", choice("SCOPE", SCOPES), {
      help: "What the token allows: read, write, or drop, which only adds what is not there",
      fallback: "read",
    }),
    expires: setting("--expires", duration(3_600_000, YEAR), {
      help: "How long the token holds",
      fallback: 7 * DAY,
    }),
    list: toggle("--list", { help: "List the tokens that hold, and make none" }),
    revoke: optional("--revoke", text("ID"), {
      help: "End the token with this id, or with one that begins so, and make none",
    }),
    server: KNOWN_SERVER,
    dir: CONFIG,
    timeout: TIMEOUT,
  },
  "What to show": shown({
    json: "Print one JSON object on standard output, and nothing else there",
    quiet: "Print the token alone",
  }),
} as const satisfies Command;

/** The values of the settings of `token`. */
export type TokenSettings = { readonly command: "token" } & SettingsOf<typeof TOKEN>;
