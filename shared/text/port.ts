import { quoted } from "./quoted.ts";
import { TextFileError } from "./text_file_error.ts";

/** The lowest port that can be listened on or connected to; 0 means "any" to the system. */
const LOWEST_PORT = 1;

/** The highest port: TCP's port field has 16 bits. */
const HIGHEST_PORT = 65535;

/**
 * The TCP port that `text` says, a decimal number from 1 to 65535; leading zeros are allowed.
 *
 * Throws `bad-port` when `text` is no whole decimal number, blanks included, and
 * `port-out-of-range` when it is one outside 1 to 65535.
 */
export function parsePort(text: string): number {
  if (!/^-?[0-9]+$/.test(text)) {
    throw new TextFileError(
      "bad-port",
      `Port ${quoted(text)} is not a number; give one from ${LOWEST_PORT} to ${HIGHEST_PORT}`,
    );
  }
  const port = Number(text);
  if (port < LOWEST_PORT || port > HIGHEST_PORT) {
    throw new TextFileError(
      "port-out-of-range",
      `Port ${quoted(text)} is out of range; give one from ${LOWEST_PORT} to ${HIGHEST_PORT}`,
    );
  }
  return port;
}
