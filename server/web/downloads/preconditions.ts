/** The validators of a file. */
export interface Validators {
  /** The entity tag, a strong one, with its quotes. */
  readonly etag: string;
  /** Milliseconds. */
  readonly modified: number;
}

/** Returns a request header by its name. */
export type HeaderOf = (name: string) => string | undefined;

/**
 * Evaluates the conditions of a request (RFC 9110, section 13.2.2). Returns the status to respond
 * with, or undefined if the file is to be sent.
 */
export function checkPreconditions(header: HeaderOf, file: Validators): 304 | 412 | undefined {
  const match = header("if-match");
  const unmodified = timeOf(header("if-unmodified-since"));
  if (match !== undefined) {
    if (!names(match, file.etag, { weak: false })) return 412;
  } else if (unmodified !== undefined && seconds(file.modified) > unmodified) {
    return 412;
  }
  const none = header("if-none-match");
  if (none !== undefined) return names(none, file.etag, { weak: true }) ? 304 : undefined;
  const since = timeOf(header("if-modified-since"));
  return since !== undefined && seconds(file.modified) <= since ? 304 : undefined;
}

/** Whether to apply a `Range`: without `If-Range` always, with it only if the file matches. */
export function rangeCounts(header: HeaderOf, file: Validators): boolean {
  const condition = header("if-range")?.trim();
  if (condition === undefined) return true;
  // A date is a strong validator here: a file that replaces another in the same second has another
  // digest, and so another entity tag.
  return condition === file.etag || timeOf(condition) === seconds(file.modified);
}

function names(list: string, etag: string, { weak }: { readonly weak: boolean }): boolean {
  return list.trim() === "*" ||
    list.split(",").map((tag) => tag.trim())
      .some((tag) => tag === etag || weak && tag === `W/${etag}`);
}

/** Parses an HTTP date, in seconds; undefined for anything else. */
function timeOf(date: string | undefined): number | undefined {
  const time = date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
