import { object } from "@optique/core/constructs";
import type { Parser } from "@optique/core/parser";
import { setting, switchSetting } from "../../shared/settings/setting.ts";
import { address, duration, path } from "../../shared/settings/value_parsers.ts";
import type { Environment } from "../../shared/settings/variable.ts";
import type { Address } from "../../shared/text/address.ts";
import { RANGES, USUAL } from "./send_settings.ts";

/** What is to be shown. */
export interface Shown {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** The flags for what is to be shown, of all commands that talk to a server; the texts of `send`. */
export function shownSettings(
  env: Environment,
  {
    json = "Print one JSON object per file on standard output at the end, and nothing else there",
    quiet = "Show no progress and no results, only errors",
  }: { readonly json?: string; readonly quiet?: string } = {},
): Parser<"sync", Readonly<Shown>, unknown> {
  return object("What to show", {
    json: switchSetting("--json", {
      description: json,
      env,
    }),
    quiet: switchSetting("--quiet", {
      description: quiet,
      env,
    }),
    verbose: switchSetting("--verbose", {
      description: "Also tell what is said to the server, and how it went",
      env,
    }),
  });
}

/** `--timeout`, in milliseconds. */
export function timeoutSetting(env: Environment): Parser<"sync", number, unknown> {
  return setting("--timeout", duration(RANGES.timeout.least), {
    description: "How long to wait for anything from the server",
    fallback: USUAL.timeout,
    env,
  });
}

/** `--dir`; undefined for the usual places. */
export function folderSetting(env: Environment): Parser<"sync", string | undefined, unknown> {
  return setting("--dir", path("FOLDER"), {
    description:
      "The folder of transfer.info, me.info and priv.key; the current one when not given",
    fallback: USUAL.dir,
    env,
  });
}

/** `--server`; undefined for the one that `transfer.info` names. */
export function serverSetting(env: Environment): Parser<"sync", Address | undefined, unknown> {
  return setting("--server", address, {
    description: "The server, in place of line 1 of transfer.info",
    fallback: USUAL.server,
    env,
  });
}
