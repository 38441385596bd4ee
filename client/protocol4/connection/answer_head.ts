import { badAnswer } from "./errors.ts";

/** The most bytes of the head of an answer, and its most headers. */
export const MAX_HEAD = { bytes: 16 * 1024, headers: 100 } as const;

/**
 * How the length of a body is known (RFC 9112, section 6.3): in bytes, in chunks, or there is none.
 */
export type BodyLength = number | "chunked";

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  /** By names in lower case; values of one name are joined by a comma. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the server keeps the connection open afterwards. */
  readonly isPersistent: boolean;
}

const STATUS = /^HTTP\/1\.1 ([1-5][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

/**
 * Reads the lines of a head, without the empty one at its end; each character is a byte. Throws a
 * `ClientError`, `bad-answer`.
 */
export function parseHead(text: string): AnswerHead {
  const [first = "", ...lines] = text.split("\r\n");
  const status = STATUS.exec(first)?.[1];
  if (status === undefined) throw badAnswer("answered with what is no HTTP/1.1");
  if (lines.length > MAX_HEAD.headers) {
    throw badAnswer(`answered with more than ${MAX_HEAD.headers} headers`);
  }
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = HEADER.exec(line) ?? [];
    if (name === undefined || value === undefined) {
      throw badAnswer("answered with a header that is none");
    }
    const key = name.toLowerCase();
    const before = headers.get(key);
    headers.set(key, before === undefined ? value.trimEnd() : `${before}, ${value.trimEnd()}`);
  }
  const connection = headers.get("connection")?.toLowerCase().split(/ *, */) ?? [];
  return { status: Number(status), headers, isPersistent: !connection.includes("close") };
}

/**
 * The length of the body that follows a head. A body that ends with the connection is refused: one
 * that was cut would look whole. Throws a `ClientError`, `bad-answer`.
 */
export function bodyLength({ status, headers }: AnswerHead, method: string): BodyLength {
  const [length, coding] = [headers.get("content-length"), headers.get("transfer-encoding")];
  if (method === "HEAD" || status === 204 || status === 304) return 0;
  if (coding !== undefined) {
    if (length !== undefined) throw badAnswer("answered with two lengths");
    if (coding.toLowerCase() !== "chunked") throw badAnswer("answered in a coding not asked for");
    return "chunked";
  }
  const size = /^[0-9]{1,15}$/.test(length ?? "") ? Number(length) : undefined;
  if (size === undefined) throw badAnswer("answered without a length, or with one that is none");
  return size;
}
