import type { Address } from "../../shared/text/address.ts";
import type { CommandContext } from "../command_context.ts";
import type { RemoteFiles } from "./remote_files.ts";

/** The trees of this client at the servers where it has logged in. */
export interface Remotes {
  /**
   * Logs in at a server, by default that of the last login. Throws a `ClientError` when that is not
   * known, cannot be reached, or is another one than before.
   */
  readonly open: (options: RemoteOptions, context: CommandContext) => Promise<OpenRemote>;
}

export interface RemoteOptions {
  readonly server: Address | undefined;
  /** Milliseconds to wait for anything from the server. */
  readonly timeout: number;
  /** Requests at a time: each has a connection of its own. Default: 1. */
  readonly parallel?: number;
  /** Whether to tell what is said to the server. */
  readonly verbose: boolean;
}

/** A tree at a server. Disposing closes its connections. */
export interface OpenRemote extends RemoteFiles, AsyncDisposable {
  /** The server, as `host:port`. */
  readonly server: string;
}
