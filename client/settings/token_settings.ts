import { choice, kind, text } from "../../shared/settings/kind.ts";
import {
  type Command,
  optional,
  setting,
  type SettingsOf,
  toggle,
} from "../../shared/settings/setting.ts";
import { CONFIG, KNOWN_SERVER, shown, TIMEOUT } from "./common_settings.ts";

/** What a token allows. */
export const SCOPES = ["read", "write", "drop"] as const;

/** The longest time that a server gives, in days. */
const LONGEST = 366;

/** Seconds in each unit of a lifetime. */
const UNITS: Readonly<Record<string, number>> = { h: 3600, d: 24 * 3600 };

/** How long a token holds, in seconds: from an hour to 366 days. */
const lifetime = kind<number>({
  metavar: "TIME",
  parse(given) {
    const [, count, unit = ""] = /^([1-9][0-9]{0,4})([hd])$/.exec(given) ?? [];
    const seconds = Number(count) * (UNITS[unit] ?? NaN);
    return seconds <= LONGEST * 24 * 3600 ? seconds : undefined;
  },
  expected: `a time such as 12h or 7d, up to ${LONGEST}d`,
  format: (seconds) => seconds % 86_400 === 0 ? `${seconds / 86_400}d` : `${seconds / 3600}h`,
});

/** The settings of `token`. */
export const TOKEN = {
  "What to make, or to end": {
    scope: setting("--scope", choice("SCOPE", SCOPES), {
      help: "What the token allows: read, write, or drop, which only adds what is not there",
      fallback: "read",
    }),
    expires: setting("--expires", lifetime, {
      help: "How long the token holds",
      fallback: 7 * 24 * 3600,
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
