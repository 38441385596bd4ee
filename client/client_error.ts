import { messageOf, runtimeRefusal } from "../shared/text/quoted.ts";

/** The exit codes of the client, for scripts that call it. */
export const EXIT = {
  /** Every file was sent, and the server confirmed its checksum. */
  sent: 0,
  /** A transfer failed and retries are exhausted. */
  failed: 1,
  /** Something is wrong on this side: usage, configuration, or a local file. */
  usage: 2,
  /** No connection to the server could be made. */
  noConnection: 3,
  /** The server refused: the name is taken, or the client is not registered. */
  refused: 4,
  /** The user ended it, with Ctrl-C or, at a question, Ctrl-D: 128 plus the number of SIGINT. */
  interrupted: 130,
} as const;

/** One of the values of `EXIT`. */
export type ExitCode = typeof EXIT[keyof typeof EXIT];

/** Why the client failed. The names appear in the JSON output. */
export type ClientReason =
  /** The command line cannot be understood. */
  | "bad-command-line"
  /** A setting is missing, contradicts another one, or cannot be used. */
  | "bad-setting"
  /** `transfer.info`, `me.info` or `priv.key` is missing something, or cannot be read. */
  | "bad-configuration"
  /** `me.info` or `priv.key` cannot be written. */
  | "identity-not-writable"
  | "file-missing"
  | "file-not-readable"
  | "file-is-a-folder"
  | "file-not-regular"
  | "file-too-large"
  | "file-name-too-long"
  | "file-changed"
  /** The server has nothing at a path. */
  | "entry-missing"
  /** A fetched file, its folder or a link cannot be written. */
  | "file-not-writable"
  /** A link, a file or a folder is where a fetched one has to be. */
  | "path-in-the-way"
  /** Another file is in the place of a fetched one, and was not to be replaced. */
  | "file-exists"
  /** A link leads out of the folder that is fetched. */
  | "link-leaves"
  /** Another file of the same command would have the same name on the server. */
  | "name-conflict"
  /** The file needs too many packets of this size. */
  | "packet-size-too-small"
  /** No connection could be made. */
  | "no-connection"
  /** The connection was lost too often. */
  | "connection-lost"
  /** The server answered with errors, or out of turn, too often. */
  | "server-error"
  /** The server found another checksum each time. */
  | "checksum-mismatch"
  /** No revision of the protocol was understood. */
  | "no-revision"
  /** Another client of the server has the name. */
  | "name-taken"
  | "interrupted"
  /** The server proved another key than the one that is known. */
  | "server-key-mismatch"
  /** The server's certificate is of the key that is known, and its signature is not. */
  | "server-key-forged"
  /**
   * The key in `known_servers` is another than the one that was given, or that the server names.
   */
  | "server-key-changed"
  /** The server's key is not known, and could not be asked for. */
  | "server-key-unknown"
  /** The server does not speak protocol 4, or no TLS. */
  | "no-protocol-4"
  /** Nothing came from the server in time. */
  | "no-answer"
  /** The server's answer is not of its form, or larger than it may be. */
  | "bad-answer"
  /** No identity of protocol 4 is known for the server. */
  | "not-logged-in"
  | RefusalReason;

/**
 * Why a server of protocol 4 refused: a name from the table of its problems, which the server, its
 * log and its counters share.
 */
export type RefusalReason = string & { readonly isRefusal: true };

/** Exit codes of errors after which no other file can be sent either. */
const HOPELESS: ReadonlySet<number> = new Set([EXIT.noConnection, EXIT.refused]);

/** An error that ends a transfer or the client. The message is one line that says what to do. */
export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly reason: ClientReason;
  readonly exitCode: ExitCode;
  /** Whether no other file of the same command can be sent either. */
  readonly hopeless: boolean;

  constructor(
    message: string,
    { reason, exitCode, cause, hopeless = HOPELESS.has(exitCode) }: {
      readonly reason: ClientReason;
      readonly exitCode: ExitCode;
      readonly cause?: unknown;
      /** Default: true where no connection could be made or the server refused the client. */
      readonly hopeless?: boolean;
    },
  ) {
    super(message, { cause });
    this.reason = reason;
    this.exitCode = exitCode;
    this.hopeless = hopeless;
  }
}

/** An error on this side of the wire: usage, configuration, a local file. */
export function localError(reason: ClientReason, message: string, cause?: unknown): ClientError {
  return new ClientError(message, { reason, exitCode: EXIT.usage, cause });
}

/**
 * The message without the advice at its end, for lines that go on or that say themselves what is
 * done.
 */
export function factOf(message: string): string {
  const end = message.lastIndexOf("; ");
  return end < 0 ? message : message.slice(0, end);
}

/** The system's message for a failure, without the call and the path that Deno appends. */
export function systemReason(error: unknown): string {
  const refusal = runtimeRefusal(error);
  if (refusal !== undefined) return refusal;
  const text = messageOf(error);
  return text.replace(/: \w+ '.*$/s, "");
}
