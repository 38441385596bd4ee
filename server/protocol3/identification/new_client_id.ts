import { spokenBy } from "../../listening/choosing/first_bytes.ts";
import { CLIENT_ID_SIZE, type ClientId, clientIdOf } from "../../../shared/wire/client_id.ts";

/**
 * The least byte of a new id: the first that hexadecimal without padding writes with two digits.
 */
const LEAST_BYTE = 0x10;

/** How many values a byte of a new id may have: those up to 0x7f, so 16 bytes have 108.9 bits. */
const BYTE_VALUES = 0x80 - LEAST_BYTE;

/** Random bytes from here on are drawn again: with them some values would be more probable. */
const UNEVEN_FROM = 256 - 256 % BYTE_VALUES;

/**
 * A random id for a new client, 16 bytes.
 *
 * Clients in the field treat ids as text: a zero byte ends it, and a byte below 0x10 is written as
 * one hexadecimal digit. So every byte is from 0x10 to 0x7f. That also excludes the start of a TLS
 * record (16 03); the start of a clear HTTP request, such as `GET `, is excluded too.
 *
 * `fill`: writes random bytes into the array; for tests.
 */
export function newClientId(
  fill: (bytes: Uint8Array<ArrayBuffer>) => void = (bytes) => void crypto.getRandomValues(bytes),
): ClientId {
  const random = new Uint8Array(2 * CLIENT_ID_SIZE);
  for (;;) {
    fill(random);
    const even = random.filter((byte) => byte < UNEVEN_FROM).subarray(0, CLIENT_ID_SIZE);
    if (even.byteLength < CLIENT_ID_SIZE) continue;
    const id = even.map((byte) => LEAST_BYTE + byte % BYTE_VALUES);
    if (spokenBy(id) === "other") return clientIdOf(id);
  }
}
