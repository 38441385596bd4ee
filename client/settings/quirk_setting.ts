import { type Kind, kind } from "../../shared/settings/kind.ts";

/**
 * Behaviour of real clients that some servers rely on and that cannot be detected from a server's
 * replies: the values of `--compat`.
 */
export const QUIRKS = {
  /**
   * The last packet, even if it is the only one, is padded with zeros to the packet size, and its
   * size includes them.
   */
  "pad-last": "fill the last packet up with zeros",
  /** The number of a packet and the number of packets are swapped. */
  "swap-packet-fields": "swap packet number and number of packets",
  /** Each request, and so each packet, uses a connection of its own. */
  "connection-per-request": "open a new connection for each request",
  /** Names are at the end of their fields, after NULs. */
  "left-pad-names": "put names at the end of their fields",
  /** The payload size of a file request covers its fields only; the file comes in one packet. */
  "size-without-content": "leave the content out of the payload size of a file",
  /** Requests are padded with zeros to a multiple of 65,535 bytes. */
  "pad-65535": "fill requests up to blocks of 65535",
  /** Each packet is a CBC message of its own, whose size is its content size. */
  "per-packet-cbc": "encrypt each packet on its own",
  /** The server sends the checksum of each packet, and the client confirms it. */
  "per-packet-crc": "confirm the checksum of each packet; needs per-packet-cbc",
} as const;

/** One of `QUIRKS`. */
export type Quirk = keyof typeof QUIRKS;

/** The quirks to use; empty for the protocol as specified. */
export type Quirks = ReadonlySet<Quirk>;

/** Whether `name` is one of `QUIRKS`. */
export function isQuirk(name: string): name is Quirk {
  return Object.hasOwn(QUIRKS, name);
}

/** No quirks: the protocol as specified. */
export const NO_QUIRKS: Quirks = new Set();

const NAMES = Object.keys(QUIRKS);

/** The value of `--compat`: quirks separated by commas. */
export const quirkList: Kind<Quirks> = kind({
  metavar: "LIST",
  parse: parseQuirks,
  expected: `some of ${NAMES.join(", ")}, separated by commas, and per-packet-crc only with ` +
    "per-packet-cbc",
  format: (quirks) => [...quirks].join(","),
  completion: NAMES,
});

function parseQuirks(text: string): Quirks | undefined {
  const names = text.split(",").map((name) => name.trim());
  const quirks = new Set(names.filter(isQuirk));
  // A packet that is not a message of its own has no checksum of its own.
  const alone = quirks.has("per-packet-crc") && !quirks.has("per-packet-cbc");
  return names.every(isQuirk) && !alone ? quirks : undefined;
}
