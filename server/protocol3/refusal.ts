import { ProtocolError } from "../../shared/protocol3/protocol_error.ts";
import type { AdmissionReason } from "../listening/admission/admission.ts";
import { QuotaError, type QuotaReason } from "../files/quota.ts";
import { StorageError, type StorageReason } from "../storage/storage_error.ts";

/** Why the server refused a well-formed request. */
export type ConversationReason =
  /** No client has this id. */
  | "unknown-client"
  /** The name is not the one that the id was registered with. */
  | "name-mismatch"
  /** Another client has the name. */
  | "name-taken"
  /** The client has not sent a public key yet. */
  | "no-public-key"
  /** The client was never given an AES key. */
  | "no-aes-key"
  /** A verdict on, or packet of, a file that this client is not sending on this connection. */
  | "no-upload"
  /** The client was silent for too long. */
  | "timeout"
  /** No request was complete within the time for the first one. */
  | "first-request-late"
  /** A transfer was too slow. */
  | "too-slow"
  /** The address registered too many names. */
  | "too-many-names"
  /** A fault of the server; the log has the details. */
  | "internal-error";

/** All reasons for refusals, by their name in log lines and counters. */
export type RefusalReason =
  | QuotaReason
  | AdmissionReason
  | ProtocolError["reason"]
  | StorageReason
  | ConversationReason;

/** Thrown to refuse a well-formed request. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly reason: ConversationReason;

  constructor(reason: ConversationReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** Returns the reason for any error. */
export function reasonOf(error: unknown): RefusalReason {
  if (
    error instanceof ProtocolError || error instanceof StorageError ||
    error instanceof QuotaError || error instanceof Refusal
  ) return error.reason;
  return "internal-error";
}
