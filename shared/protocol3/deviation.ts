/**
 * The deviations of real clients from protocol 3, each seen on the wire. The code that reads
 * requests notes a deviation in the client's `Profile` when it recognises it; all other code acts
 * on the profile. The names are part of the project's interface: they appear in log lines and
 * counters, and with `--strict` they are the reasons for refusals.
 */
export const DEVIATIONS = {
  /** A version byte other than 3. It is ignored; answers say 3. */
  "other-version": "a version byte other than 3",
  /** An id in the registration, before one was given. It is ignored. */
  "id-in-registration": "an id field of junk in the registration",
  /** Bytes after the NUL that ends a name. They are not part of it; a reply echoes them. */
  "stray-bytes-in-name": "stray bytes after the NUL that ends a name",
  /**
   * Names padded with NULs on the left. Echoed as received; each packet of such a client's file but
   * the last is answered with a short "file received".
   */
  "left-padded-names": "names padded with NULs on the left",
  /** The id in the payload is zero, where 2022c repeats that of the header. The header's counts. */
  "zero-owner-id": "an id of zeros in the payload of a file or verdict",
  /** A connection that continues what another one began. State belongs to the client's id. */
  "connection-per-request": "a new connection for each request",
  /**
   * The payload size of a file request covers its fields only. The content follows nevertheless.
   */
  "size-without-content": "a payload size of the file request that does not count the content",
  /**
   * A payload size beyond the end of the content: the packet is padded, or less is sent than
   * announced. The file is complete with its content; what follows up to that size is dropped,
   * until a request begins.
   */
  "oversized-payload": "a payload size that is larger than the content left",
  /** The last block of the content announced never comes. The file is complete without it. */
  "content-16-short": "a content size that is 16 too large, with nothing sent for the surplus",
  /**
   * The packets have fewer bytes than the content size. The file is complete with the last packet.
   */
  "oversized-content": "a content size beyond the last packet",
  /** Packets are counted from 0. */
  "packets-from-zero": "packets numbered from 0",
  /** One packet more is announced than comes. The file is complete with its content. */
  "packet-total-too-high": "a number of packets that is too high",
  /** The number of a packet and the number of packets are swapped. */
  "swapped-packet-fields": "packet number and number of packets swapped",
  /** Each packet is a CBC message of its own, with its own IV and padding. */
  "packets-encrypted-apart": "each packet encrypted on its own",
  /** Of an AES key of 32 bytes the first 16 are used, as an AES-128 key. So files are decrypted. */
  "first-half-of-key": "the first 16 of the 32 key bytes used as the key",
  /** Each packet is answered with its own checksum, and confirmed. */
  "checksum-per-packet": "a checksum expected for each packet",
  /**
   * Each packet, the last one included, is to be acknowledged before the checksum. Only sought
   * where `swapped-packet-fields` or `oversized-payload` was seen, in 2024c.
   */
  "acknowledgement-per-packet": "an acknowledgement expected for each packet",
  /**
   * No verdict on the checksum: the client compares it and reports success itself. The file is kept
   * as not verified when its client has not returned within 30 s.
   */
  "no-verdict": "no verdict on the checksum",
  /** Zeros between two requests. They are dropped. */
  "zeros-between-requests": "zeros between requests",
  /** Requests are padded with zeros to blocks of 65,535, and replies must be too. */
  "padded-requests": "requests and replies padded to blocks of 65,535",
} as const;

/** One of `DEVIATIONS`. */
export type Deviation = keyof typeof DEVIATIONS;
