/** What a failure to accept a connection says of. */
export type AcceptErrorKind =
  /** Of the one connection, which ended, or was forbidden, before it was accepted. */
  | "connection"
  /** Of the system, or the process, which is short of something. */
  | "shortage"
  /** Of the listener, as far as it is known. */
  | "listener";

/**
 * What belongs to one connection: what `getpeername` says of one that was reset, which Deno calls
 * after `accept`, and what `accept` itself passes on of a connection (accept(2), "Error handling").
 */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  ...["ENOTCONN", "ECONNRESET", "ECONNABORTED", "EINTR", "EPROTO", "EAGAIN", "EPIPE", "EPERM"],
  ...["ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "EOPNOTSUPP"],
  ...["ENETUNREACH", "ETIMEDOUT"],
]);

const OF_A_SHORTAGE: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** The classes of the runtime, for errors that come without the system's name. */
const NAMES: Readonly<Record<string, string>> = {
  NotConnected: "ENOTCONN",
  ConnectionReset: "ECONNRESET",
  ConnectionAborted: "ECONNABORTED",
  BrokenPipe: "EPIPE",
  Interrupted: "EINTR",
  WouldBlock: "EAGAIN",
  TimedOut: "ETIMEDOUT",
  NetworkUnreachable: "ENETUNREACH",
};

/** The system's name of an error, such as `EMFILE`, or the name of its class. */
export function acceptErrorName(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  return NAMES[error.name] ?? error.name;
}

/** What a failure to accept a connection says of. */
export function acceptErrorKind(error: unknown): AcceptErrorKind {
  const name = acceptErrorName(error);
  if (OF_A_CONNECTION.has(name)) return "connection";
  return OF_A_SHORTAGE.has(name) ? "shortage" : "listener";
}
