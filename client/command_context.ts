import type { Output } from "../shared/settings/output.ts";
import type { ClientIo } from "./client_io.ts";
import type { Screen } from "./terminal/screen.ts";

/** What a command of the client works with. */
export interface CommandContext {
  readonly io: ClientIo;
  /** The folder of `transfer.info` and of the identity, where neither is named; see `Standing`. */
  readonly home: string;
  /** Takes results. */
  readonly stdout: Output;
  /** Takes lines for people and shows progress, on standard error. */
  readonly screen: Screen;
  /** Whether results are to have colours. */
  readonly colors: boolean;
}
