/** The cause of a failure to accept a connection. */
export type AcceptErrorKind =
  /** The connection: it ended, or was forbidden, before it was accepted. */
  | "connection"
  /** The system or the process: it lacks a resource. */
  | "shortage"
  /** The listener, or unknown. */
  | "listener";

/**
 * Errors of one connection: those of `getpeername` for a connection that was reset, which Deno
 * calls after `accept`, and those that `accept` itself passes on (accept(2), "Error handling").
 */
const OF_A_CONNECTION: ReadonlySet<string> = new Set([
  ...["ENOTCONN", "ECONNRESET", "ECONNABORTED", "EINTR", "EPROTO", "EAGAIN", "EPIPE", "EPERM"],
  ...["ENETDOWN", "ENOPROTOOPT", "EHOSTDOWN", "ENONET", "EHOSTUNREACH", "EOPNOTSUPP"],
  ...["ENETUNREACH", "ETIMEDOUT"],
]);

const OF_A_SHORTAGE: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** The runtime's error classes, for errors without the system's name. */
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

/** Returns the system's name of an error, such as `EMFILE`, or the name of its class. */
export function acceptErrorName(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  return NAMES[error.name] ?? error.name;
}

/** The cause of a failure to accept a connection. */
export function acceptErrorKind(error: unknown): AcceptErrorKind {
  const name = acceptErrorName(error);
  if (OF_A_CONNECTION.has(name)) return "connection";
  return OF_A_SHORTAGE.has(name) ? "shortage" : "listener";
}
