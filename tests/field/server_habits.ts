/** What scripted servers (`field_server.ts`) do otherwise than the letter of the protocol. */

/** What a server does otherwise than the letter of the protocol, or than most servers do. */
export interface ServerHabits {
  /** The version byte of its replies. */
  readonly version?: number;
  /** "Registered" declares no payload; the id follows all the same. */
  readonly registeredUndeclared?: true;
  /** "Reconnect refused" declares no payload; the id follows all the same, or does not. */
  readonly refusalId?: "undeclared" | "missing";
  /** Replies with a key declare 128 bytes and have 144. */
  readonly keySizeWithoutId?: true;
  /** "Acknowledged" has no payload. */
  readonly acknowledgedWithoutId?: true;
  /** What it says at once to "CRC invalid, resending". */
  readonly answersRetry?: "acknowledgement" | "zero byte";
  /** It acknowledges each packet of a file, the last one too, before it says anything else. */
  readonly acknowledgesPackets?: true;
  /** How many zeros follow each reply. */
  readonly zerosAfterReply?: number;
  /** Replies are filled up with zeros to a multiple of 65,535 bytes. */
  readonly paddedReplies?: true;
  /** An error follows the last reply of a file, and then a close. */
  readonly errorAtEnd?: true;
  /** Its errors have the client's id as their payload. */
  readonly errorWithId?: true;
  /** What it does at a code that it does not know, in place of an error and a close. */
  readonly foreignCode?: "dies" | "silent" | "2101";
  /** When it closes the connection: when a reply is out, or when a request is in and dealt with. */
  readonly closesAfter?: "reply" | "request";
  /** Bytes in its AES keys. */
  readonly aesKeySize?: number;
  /** It takes the bytes of one receive for a whole request. */
  readonly takesOneReceive?: true;
  /** Milliseconds for which it deals with a packet; what comes meanwhile is a part of it. */
  readonly slow?: number;
  /** The most bytes of content that it takes in one packet. */
  readonly mostContent?: number;
  /** The bytes of content that each packet must have, zeros after its content included. */
  readonly exactContent?: number;
  /** All packets of a file have to be as large as the first one. */
  readonly lastPacketFull?: true;
  /** The number of packets stands where that of the packet is due, and the other way round. */
  readonly swappedPacketFields?: true;
  /** Names have to stand at the end of their fields; each packet but the last is answered. */
  readonly namesPaddedLeft?: true;
  /** The payload size of a file request must not count the content. */
  readonly contentUncounted?: true;
  /** Requests have to come in whole blocks of 65,535 bytes. */
  readonly paddedRequests?: true;
  /** Each packet is a CBC message of its own, whose size is its content size. */
  readonly packetsEncryptedApart?: true;
  /** It says the checksum of each packet, and keeps it when it is confirmed. */
  readonly checksumPerPacket?: true;
}
