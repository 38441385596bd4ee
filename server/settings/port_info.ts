import { parsePort } from "../../shared/text/port.ts";
import { decodeText } from "../../shared/text/text.ts";

/**
 * The port where there is no usable `port.info`: that of revisions 2024a and 2024c, and of the
 * project.
 */
export const DEFAULT_PORT: number = 1256;

/**
 * The port that a `port.info` holds, 1 to 65535. The port stands alone in the file; blanks and
 * empty lines around it do no harm. `bytes` is the content of the file and is only read.
 *
 * Throws a `TextFileError`: `bad-port` when there is no number or something besides it, an empty
 * file included, `port-out-of-range`, and what `decodeText()` throws.
 */
export function parsePortInfo(bytes: Uint8Array): number {
  return parsePort(decodeText(bytes).trim());
}

/** The content of a `port.info` that says `port`; throws as `parsePort()` when it is none. */
export function formatPortInfo(port: number): string {
  return `${parsePort(String(port))}\n`;
}
