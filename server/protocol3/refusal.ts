import { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import type { AdmissionReason } from "../listening/admission.ts";
import { QuotaError, type QuotaReason } from "../files/quota.ts";
import { StorageError, type StorageReason } from "../storage/storage_error.ts";

/** Why the server refused a request that is well formed. */
export type ConversationReason =
  /** No client on record has this id. */
  | "unknown-client"
  /** The name is not the one that the id was registered with. */
  | "name-mismatch"
  /** Another client has the name. */
  | "name-taken"
  /** The client has not sent a public key yet. */
  | "no-public-key"
  /** The client was never given an AES key. */
  | "no-aes-key"
  /** A verdict on, or a packet of, a file that this client is not sending on this connection. */
  | "no-upload"
  /** Nothing was said for too long. */
  | "timeout"
  /** No request was complete in the time that there is for the first one. */
  | "first-request-late"
  /** A transfer came on too slowly. */
  | "too-slow"
  /** The address registered too many names. */
  | "too-many-names"
  /** A fault of the server's own; the log has the details. */
  | "internal-error";

/**
 * Every reason for which the server refuses something, by the name used in log lines and counters.
 */
export type RefusalReason =
  | QuotaReason
  | AdmissionReason
  | ProtocolError["reason"]
  | StorageReason
  | ConversationReason;

/** A request that is well formed and cannot be granted. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** Why it cannot be granted. */
  readonly reason: ConversationReason;

  constructor(reason: ConversationReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The reason that stands for an error, whatever threw it. */
export function reasonOf(error: unknown): RefusalReason {
  if (
    error instanceof ProtocolError || error instanceof StorageError ||
    error instanceof QuotaError || error instanceof Refusal
  ) return error.reason;
  return "internal-error";
}
