/** What a client may know a file by. */
export interface Validators {
  /** The entity tag, in its quotes; a strong one. */
  readonly etag: string;
  /** Milliseconds. */
  readonly modified: number;
}

/** A header of a request by its name. */
export type HeaderOf = (name: string) => string | undefined;

/**
 * What the conditions of a request come to (RFC 9110, section 13.2.2): the status to answer with,
 * or undefined when the file is to be sent.
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

/**
 * Whether a `Range` counts: without `If-Range` it does, with one only for that state of the file.
 */
export function rangeCounts(header: HeaderOf, file: Validators): boolean {
  const condition = header("if-range")?.trim();
  if (condition === undefined) return true;
  // A date does for us as a strong validator: a file is never put under its name again in a second
  // without another digest, and so another entity tag.
  return condition === file.etag || timeOf(condition) === seconds(file.modified);
}

function names(list: string, etag: string, { weak }: { readonly weak: boolean }): boolean {
  return list.trim() === "*" ||
    list.split(",").map((tag) => tag.trim())
      .some((tag) => tag === etag || weak && tag === `W/${etag}`);
}

/** A date of HTTP in seconds; undefined for anything else. */
function timeOf(date: string | undefined): number | undefined {
  const time = date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : Math.floor(time / 1000);
}

function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
