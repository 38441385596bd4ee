/** Why a connection is closed without a reply. */
export type FaultReason =
  /** The client takes an answer too slowly. */
  | "reads-too-slowly"
  /** The client sends the body of a request too slowly. */
  | "too-slow"
  /** There is no connection to the server inside. */
  | "not-passed-on"
  /** A balancer that has to send a PROXY header sent none, or one that cannot be read. */
  | "bad-proxy-header"
  /** A PROXY header came from an address that is no balancer. */
  | "proxy-header"
  /** The listener speaks TLS only, and something else came. */
  | "not-tls";

/** A fault of a client, or of the server, for which a connection is closed without a reply. */
export class ConnectionFault extends Error {
  override readonly name = "ConnectionFault";
  /** Its name in counters and log lines. */
  readonly reason: FaultReason;

  constructor(reason: FaultReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
