/** What official clients do, and what they are answered, in a form that can be compared. */

import { Buffer } from "node:buffer";
import { filesOf, type Part, SIZES } from "./client_play.ts";
import { cksum, type FieldClient } from "./field_client.ts";

/** The files of an official client, in its first run and after a reconnect. */
export type Exchange = Pick<Part, "files" | "again" | "packetSize">;

/** Bytes of plain files: none, around a block, one packet, around 64 KiB, and many packets. */
export const ALL_SIZES: readonly number[] = [0, 1, 15, 16, 1000, 65_537, 1 << 20];

/** Bytes of content in a full packet of the clients that send files of all sizes. */
export const LARGE_PACKET = 4096;

/** Files of 120 bytes are resent once, those of 50 are given up. */
const SPOILED: Readonly<Record<number, number>> = { 50: 4, 120: 1 };

/** A client that sends many small files; some are resent, and one is given up. */
export const SMALL_FILES: Exchange = {
  files: filesOf(SIZES, (size) => SPOILED[size] ?? 0),
  again: filesOf([77]),
  packetSize: 64,
};

/** A client that sends one file of this size in each of its two runs. */
export function exchangeOf(size: number): Exchange {
  return { files: filesOf([size]), again: filesOf([size]), packetSize: LARGE_PACKET };
}

/** What a client was answered in the first run and the second, as text. */
export type Answers = readonly string[];

/** Bytes of a "file received", which ends in the checksum. */
const FILE_RECEIVED = 7 + 16 + 4 + 255 + 4;

/**
 * What a client was answered: hexadecimal digits, but for what chance decides. In the place of its
 * id stands `(id)`, and of the checksum of a file that was sent wrong `(another checksum)`. Keys
 * are zeros already, and runs of zeros are counted.
 */
export function answersOf({ clientId, replies }: FieldClient, exchange: Exchange): Answers {
  const id = Buffer.from(clientId).toString("hex");
  const sums = [...exchange.files, ...exchange.again ?? []].map(({ plain }) => cksum(plain));
  return replies.map((reply) => {
    const bytes = Buffer.from(reply);
    const isWrong = bytes.byteLength === FILE_RECEIVED &&
      !sums.includes(bytes.readUInt32LE(FILE_RECEIVED - 4));
    const hex = bytes.toString("hex", 0, isWrong ? FILE_RECEIVED - 4 : undefined);
    const parts = hex.replaceAll(id, "(id)").match(/\(id\)|(?:00){16,}|../g) ?? [];
    const text = parts.map((part) =>
      part.startsWith("00") && part.length > 2 ? `(${part.length / 2} zeros)` : part
    );
    return `${text.join("")}${isWrong ? "(another checksum)" : ""}`;
  });
}
