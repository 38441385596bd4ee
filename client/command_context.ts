import type { Output } from "../shared/settings/output.ts";
import type { ClientIo } from "./client_io.ts";
import type { Screen } from "./terminal/screen.ts";

/** What each command of the client needs. */
export interface CommandContext {
  readonly io: ClientIo;
  /** The folder of `transfer.info` and of the identity, where neither is named; see `Standing`. */
  readonly home: string;
  /** Receives results. */
  readonly stdout: Output;
  /** Shows messages and progress on standard error. */
  readonly screen: Screen;
  /** Whether results are coloured. */
  readonly colors: boolean;
}

/** What telling results needs of it. */
export interface ReportContext extends Pick<CommandContext, "screen" | "stdout"> {
  readonly io: Pick<ClientIo, "clock">;
}
