/** What scripted clients (`field_client.ts`) do otherwise than the letter of the protocol. */

/** What a client does otherwise than the letter of the protocol, or than most clients do. */
export interface Habits {
  /** For what it opens a new connection; the one before is closed first. Without it: never. */
  readonly connectionFor?: "each request" | "each packet" | "the last verdict";
  /**
   * How its bytes leave: a few at a time, or all packets of a file (a retry before them) at once.
   */
  readonly writes?: "a few bytes" | "several requests";
  /** The version byte of its requests. */
  readonly version?: number;
  /** Its registration has an id of junk. */
  readonly junkIdInRegistration?: true;
  /** Names stand at the right end of their fields. */
  readonly namesPaddedLeft?: true;
  /** There are more bytes behind the NUL that ends a name. */
  readonly strayBytesInNames?: true;
  /** How many zeros follow its public key request. */
  readonly zerosAfterKey?: number;
  /** Requests are filled up with zeros to 65,535 bytes or a multiple; replies are read likewise. */
  readonly paddedRequests?: true;
  /** Where 2022c repeats the client's id, it writes zeros. */
  readonly zeroOwnerId?: "in verdicts" | "everywhere";
  /** The payload size of a file that fits into one request leaves the content out. */
  readonly sizeWithoutContent?: true;
  /** The payload size of the last packet is that of a full one; the rest is zeros, or not sent. */
  readonly lastPacketFull?: "zeros" | "not sent";
  /**
   * The content size is one block too large; so is the last payload size, or only the sum of all.
   */
  readonly contentTooLarge?: "size and payload" | "size alone";
  readonly packetsFromZero?: true;
  /** One packet too many is announced when the content is an exact multiple of the packet size. */
  readonly totalTooHigh?: true;
  readonly swappedPacketFields?: true;
  /** Each packet is a CBC message of its own; the content size is its own, or the sum of all. */
  readonly encryptedApart?: "own size" | "whole size";
  /** Of a key of 32 bytes it uses the first 16, as an AES-128 key. */
  readonly firstHalfOfKey?: true;
  /** The original size is that of the packet too. */
  readonly originalSizeOfPacket?: true;
  /** It awaits a checksum for each packet, and confirms each one. */
  readonly checksumPerPacket?: true;
  /**
   * It awaits an acknowledgement of each packet, and takes any reply for one; then the checksum. So
   * it never sees the first checksum of a file of one packet, unless packets are acknowledged by
   * then.
   */
  readonly acknowledgedEach?: true;
  /** It writes its id as text without leading zeros, up to a zero byte, and reads that back. */
  readonly idAsText?: true;
  /**
   * It compares the checksum itself, gives no verdict, and closes; each file has a run of its own.
   */
  readonly givesNoVerdict?: true;
  /** It gives up right after the last "CRC invalid, resending", without sending the file. */
  readonly givesUpUnsent?: true;
  /** It resends a file only when "CRC invalid, resending" was acknowledged. */
  readonly waitsForAcknowledgement?: true;
}
