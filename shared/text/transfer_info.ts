import { type Address, formatAddress, parseAddress } from "./address.ts";
import { checkLine, checkUserName, decodeText, lines, TextFileError } from "./text.ts";

/** The content of a `transfer.info`: which file to send, to which server, and under which name. */
export interface TransferInfo extends Address {
  /** The user's name, 1 to 100 characters of any script; see `checkAsciiName()` before sending. */
  readonly name: string;
  /** The path of the file to send, as it stands in the file. */
  readonly path: string;
}

export interface TransferInfoOptions {
  /** The lines that are overridden, for instance by a flag: they are not examined. */
  readonly overridden?: {
    /** Line 1, the server's host and port. */
    readonly address?: boolean;
    /** Line 2, the user's name. */
    readonly name?: boolean;
    /** Line 3, the path of the file. */
    readonly path?: boolean;
  };
}

/** The content of each line, as messages state it. */
const CONTENTS = ['the server as "host:port"', "the user name", "the path of the file to send"];

/**
 * Parses a `transfer.info`. `bytes` is the content of the file and is only read. Lines after the
 * third are ignored.
 *
 * With `overridden`, those lines may be anything, or missing, and their values are absent from the
 * result.
 *
 * Throws a `TextFileError` at the first line that is wrong: `missing-line`; `bad-address`,
 * `bad-port` and `port-out-of-range` as `parseAddress()`; `empty-name`, `name-too-long` and
 * `not-one-line` as `checkUserName()`; and what `decodeText()` throws.
 */
export function parseTransferInfo(bytes: Uint8Array): TransferInfo;
export function parseTransferInfo(
  bytes: Uint8Array,
  options: TransferInfoOptions,
): Partial<TransferInfo>;
export function parseTransferInfo(
  bytes: Uint8Array,
  { overridden = {} }: TransferInfoOptions = {},
): Partial<TransferInfo> {
  const found = lines(decodeText(bytes));
  return {
    ...(overridden.address ? {} : parseAddress(lineOf(found, 1).trim())),
    ...(overridden.name ? {} : { name: nameOf(found) }),
    ...(overridden.path ? {} : { path: pathOf(found) }),
  };
}

/**
 * The content of a `transfer.info` with this information, to be written as UTF-8.
 *
 * Throws what `parseTransferInfo()` would throw on reading it, and `not-one-line` when the name or
 * the path would not be read back as it is.
 */
export function formatTransferInfo(info: TransferInfo): string {
  const address = formatAddress(info);
  parseAddress(address);
  checkUserName(info.name);
  checkLine(info.path, "path");
  return `${address}\n${info.name}\n${info.path}\n`;
}

function nameOf(found: readonly string[]): string {
  const name = lineOf(found, 2);
  checkUserName(name);
  return name;
}

function pathOf(found: readonly string[]): string {
  const path = lineOf(found, 3);
  if (path === "") throw missingLine(found, 3);
  return path;
}

/** Line `number` of the file, counted from 1. */
function lineOf(found: readonly string[], number: number): string {
  const line = found[number - 1];
  if (line === undefined) throw missingLine(found, number);
  return line;
}

function missingLine(found: readonly string[], number: number): TextFileError {
  const fault = found.length === 0
    ? "The file is empty"
    : `Line ${number}, ${CONTENTS[number - 1]}, is missing`;
  const form = CONTENTS.map((content, index) => `line ${index + 1} ${content}`).join(", ");
  return new TextFileError("missing-line", `${fault}; write three lines: ${form}`);
}
