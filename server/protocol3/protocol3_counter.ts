import type { Deviation } from "../../shared/protocol3/deviation.ts";
import type { RefusalReason } from "./refusal.ts";

/** What a client is counted as once it is identified, by request. */
export const IDENTIFIED = {
  register: "registered",
  publicKey: "keys-accepted",
  reconnect: "reconnected",
} as const;

/** What connections of protocol 3 count. */
export type Protocol3Counter =
  | `refused.${RefusalReason}`
  | `deviations.${Deviation}`
  | (typeof IDENTIFIED)[keyof typeof IDENTIFIED]
  | "files-received"
  | "files-cut-off"
  | "files-given-up"
  | "files-kept-unverified"
  | "files-unconfirmed"
  | "checksums-retried"
  | "confirmations-repeated";
