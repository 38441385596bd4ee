import { merge, object } from "@optique/core/constructs";
import { message } from "@optique/core/message";
import type { Parser } from "@optique/core/parser";
import { argument, constant } from "@optique/core/primitives";
import { choice } from "@optique/core/valueparser";
import { address } from "../../shared/settings/value_parsers.ts";
import type { Environment } from "../../shared/settings/variable.ts";
import type { Address } from "../../shared/text/address.ts";
import { folderSetting, type Shown, shownSettings } from "./common_settings.ts";

/** Everything that can be set for `identity`. */
export interface IdentitySettings extends Shown {
  readonly command: "identity";
  readonly deed: "move";
  /** The address that the server had. */
  readonly from: Address;
  /** The one that it has. */
  readonly to: Address;
  readonly dir: string | undefined;
}

/** The arguments and flags of `identity`. */
export function identitySettings(env: Environment): Parser<"sync", IdentitySettings, unknown> {
  return merge(
    object("What to do", {
      command: constant("identity"),
      deed: argument(choice(["move"] as const, { metavar: "move" }), {
        description: message`Says that a server has another address than before.`,
      }),
      from: argument(address, { description: message`The address that the server had.` }),
      to: argument(address, { description: message`The address that it has now.` }),
      dir: folderSetting(env),
    }),
    shownSettings(env, {
      json: "Print one JSON object on standard output, and nothing else there",
      quiet: "Print no result: the exit code tells",
    }),
  );
}
