import { merge, object } from "@optique/core/constructs";
import type { Parser } from "@optique/core/parser";
import { constant } from "@optique/core/primitives";
import type { Environment } from "../../shared/settings/variable.ts";
import type { Address } from "../../shared/text/address.ts";
import {
  folderSetting,
  serverSetting,
  type Shown,
  shownSettings,
  timeoutSetting,
} from "./common_settings.ts";

/** Everything that can be set for `doctor`. */
export interface DoctorSettings extends Shown {
  readonly command: "doctor";
  /** Where `transfer.info`, `me.info` and `priv.key` are; undefined for the usual places. */
  readonly dir: string | undefined;
  readonly server: Address | undefined;
  /** Milliseconds. */
  readonly timeout: number;
}

/** The flags of `doctor`. */
export function doctorSettings(env: Environment): Parser<"sync", DoctorSettings, unknown> {
  return merge(
    object("What to examine", {
      command: constant("doctor"),
      dir: folderSetting(env),
      server: serverSetting(env),
      timeout: timeoutSetting(env),
    }),
    shownSettings(env, {
      json: "Print one JSON object on standard output at the end, and nothing else there",
      quiet: "Show only what failed",
    }),
  );
}
