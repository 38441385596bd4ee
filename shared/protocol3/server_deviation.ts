/**
 * The deviations of real servers from protocol 3 that show in their replies, each seen on the wire.
 * A client accepts all of them without a setting.
 */
export const SERVER_DEVIATIONS = {
  /** A version byte other than 3. It is ignored. */
  "other-version": "a version byte other than 3 in replies",
  /**
   * A reply that announces no payload and is followed by the client's id nevertheless, or by
   * nothing.
   */
  "unannounced-id": "a payload size of 0 where an id is due",
  /** A reply with a key whose payload size does not count the id before the key. */
  "size-without-id": "a payload size that counts the key but not the id before it",
  /** An acknowledgement without the id that is due, or with one that is not. */
  "other-acknowledgement": "an acknowledgement with another payload than is due",
  /** Zeros before a reply: the previous one was padded, or "resending" was answered with a zero. */
  "zeros-between-replies": "zeros after a reply",
  /** A "file received" with nothing but an id: the reply to one packet of several. */
  "packet-replies": "a reply to each packet",
  /** The connection is closed after a reply. The next request needs another one. */
  "close-after-reply": "a close after every reply",
} as const;

/** One of `SERVER_DEVIATIONS`. */
export type ServerDeviation = keyof typeof SERVER_DEVIATIONS;
