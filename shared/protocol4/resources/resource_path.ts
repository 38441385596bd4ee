import { MAX_ELEMENT_BYTES, MAX_ELEMENTS, MAX_PATH_BYTES } from "../../names/path_bounds.ts";
import { quoted } from "../../text/quoted.ts";

/** Why a path was refused; each is a reason of a problem too. */
export type PathReason = "bad-path" | "path-too-long";

/** A path that names no resource. */
export class PathError extends Error {
  override readonly name = "PathError";
  readonly reason: PathReason;

  constructor(reason: PathReason, message: string) {
    super(message);
    this.reason = reason;
  }
}

/** The most characters that a raw path may have: three for each byte. */
const MAX_RAW = 3 * MAX_PATH_BYTES;

const utf8 = new TextEncoder();

/**
 * The elements of a path as it stands in a request, split before each element is decoded once; none
 * for the empty path. Give it the raw text: a URL that was parsed has lost its dots.
 *
 * Throws a `PathError`: `bad-path` for an empty element, `.`, `..`, a bad escape, and one that
 * stands for `/` or NUL, decoded or not; `path-too-long` for more than `MAX_PATH_BYTES`,
 * `MAX_ELEMENT_BYTES` or `MAX_ELEMENTS`.
 */
export function decodePath(raw: string): readonly string[] {
  if (raw.length > MAX_RAW) throw tooLong(`has ${raw.length} characters`);
  if (raw === "") return [];
  return checkElements(raw.split("/").map(decodedElement));
}

/** The elements of a path that is plain text, as in metadata; the same is refused. */
export function splitPath(path: string): readonly string[] {
  if (path.length > MAX_PATH_BYTES) throw tooLong(`has ${path.length} characters`);
  return path === "" ? [] : checkElements(path.split("/"));
}

/** A path for a request: what `decodePath()` reads as these elements. Throws as that does. */
export function encodePath(elements: readonly string[]): string {
  return checkElements(elements).map(encodedElement).join("/");
}

/** `elements`, unless they are no path. */
function checkElements(elements: readonly string[]): readonly string[] {
  if (elements.length > MAX_ELEMENTS) throw tooLong(`has ${elements.length} elements`);
  let size = Math.max(0, elements.length - 1);
  for (const element of elements) {
    const fault = faultOf(element);
    if (fault !== undefined) {
      throw new PathError("bad-path", `The element ${quoted(element)} of a path ${fault}`);
    }
    const bytes = utf8.encode(element).byteLength;
    if (bytes > MAX_ELEMENT_BYTES) throw tooLong(`has an element of ${bytes} bytes`);
    size += bytes;
  }
  if (size > MAX_PATH_BYTES) throw tooLong(`has ${size} bytes`);
  return elements;
}

function faultOf(element: string): string | undefined {
  if (element === "") return "is empty; give each folder and file a name";
  if (element === "." || element === "..") return "is not a name; write the path without it";
  if (/[\0/]/.test(element)) return "has a character that no name has";
  if (!element.isWellFormed()) return "is not Unicode";
  return undefined;
}

function decodedElement(raw: string): string {
  try {
    return decodeURIComponent(raw);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    throw new PathError("bad-path", `The element ${quoted(raw)} of a path has a bad escape`);
  }
}

/** All but letters, digits, `-`, `.`, `_` and `~` is escaped (RFC 3986, section 2.3). */
function encodedElement(element: string): string {
  return encodeURIComponent(element).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function tooLong(what: string): PathError {
  return new PathError(
    "path-too-long",
    `The path ${what}; at most ${MAX_PATH_BYTES} bytes, ${MAX_ELEMENTS} elements and ` +
      `${MAX_ELEMENT_BYTES} bytes for each of them are allowed`,
  );
}
