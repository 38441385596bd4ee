import type { Address } from "../../shared/text/address.ts";
import type { CommandContext } from "../command_context.ts";
import type { OnWaiting } from "../network/waits.ts";
import type { LocalFileEntry } from "./local_entry.ts";
import type { Creation, TreeSender } from "./tree_sender.ts";
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
  /** The folder with the identities; undefined for the user's own. */
  readonly dir: string | undefined;
  /** Milliseconds to wait for anything from the server. */
  readonly timeout: number;
  /** How often something is sent again when no answer came. Default: a few times. */
  readonly retries?: number;
  /** Milliseconds for which a connection that was lost is made again. Default: none. */
  readonly retryTime?: number;
  /** Large files that are sent at a time. Default: two. */
  readonly parallel?: number | undefined;
  /** Told of a wait for a server that was lost. Default: nothing is told. */
  readonly onWaiting?: OnWaiting;
  /** Whether to tell what is said to the server. */
  readonly verbose: boolean;
}

/** A tree at a server, which takes entries too. Disposing closes its connections. */
export interface OpenRemote extends RemoteFiles, TreeSender, AsyncDisposable {
  /** The server, as `host:port`. */
  readonly server: string;
  /**
   * Stores a small file without asking first, on the condition that nothing has its path. Returns
   * undefined if it was not stored: the caller then asks what is there. Throws a `ClientError` if
   * nothing can be sent.
   */
  readonly create: (file: LocalFileEntry) => Promise<Creation | undefined>;
  /** Whether this client has sent contents with this tag to this path. */
  readonly sentBefore: (path: readonly string[], tag: string) => Promise<boolean>;
  /** Whether the server can be told a time of modification, in milliseconds since 1970. */
  readonly keepsTime: (modified: number) => boolean;
}
