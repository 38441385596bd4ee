import { parsePort } from "../../shared/text/address.ts";
import { decodeText } from "../../shared/text/text.ts";

/** The port without a usable `port.info`: that of revisions 2024a and 2024c, and of the project. */
export const DEFAULT_PORT: number = 1256;

/**
 * Parses a `port.info`, 1 to 65535. The file contains only the port; spaces and empty lines around
 * it are ignored. `bytes` is the content of the file and is not changed.
 *
 * Throws a `TextFileError`: `bad-port` if there is anything but a number, also for an empty file,
 * `port-out-of-range`, and the errors of `decodeText()`.
 */
export function parsePortInfo(bytes: Uint8Array): number {
  return parsePort(decodeText(bytes).trim());
}

/** Returns the content of a `port.info` with `port`; throws as `parsePort()` does. */
export function formatPortInfo(port: number): string {
  return `${parsePort(String(port))}\n`;
}
