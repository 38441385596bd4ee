/** The head of a request in the clear. */
export interface ClearHead {
  readonly method: string;
  /** What is asked for, as it was sent: a path and a query, or more. */
  readonly target: string;
  /** Returns the value of a header; the last one if there are several. */
  readonly header: (name: string) => string | undefined;
}

/** Maximum bytes of a head. */
export const MOST_HEAD = 8 * 1024;

const REQUEST_LINE = /^([A-Z]+) ([!-~]+) HTTP\/1\.[01]$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;

/** Returns where the head ends in these bytes; undefined if it does not. */
export function endOfHead(bytes: Uint8Array): number | undefined {
  for (let at = 3; at < bytes.byteLength; at++) {
    const isEnd = bytes[at] === 0x0a && bytes[at - 1] === 0x0d && bytes[at - 2] === 0x0a &&
      bytes[at - 3] === 0x0d;
    if (isEnd) return at + 1;
  }
  return undefined;
}

/** Reads a head, with its empty line, as HTTP/1.1 has it; undefined if it is none. */
export function parseHead(bytes: Uint8Array): ClearHead | undefined {
  // Each byte becomes one character, whatever it is.
  const [line = "", ...fields] = new TextDecoder("latin1").decode(bytes).slice(0, -4).split("\r\n");
  const [, method, target] = REQUEST_LINE.exec(line) ?? [];
  if (method === undefined || target === undefined) return undefined;
  const headers = new Map<string, string>();
  for (const field of fields) {
    const [, name, value] = HEADER.exec(field) ?? [];
    if (name === undefined || value === undefined || /[\r\n\0]/.test(value)) return undefined;
    headers.set(name.toLowerCase(), value);
  }
  return { method, target, header: (name) => headers.get(name.toLowerCase()) };
}
