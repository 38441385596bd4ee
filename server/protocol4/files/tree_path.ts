import { isCutName, plainName } from "../../../shared/names/plain_name.ts";
import { isSafeName, safeElement } from "../../../shared/names/safe_name.ts";
import { decodePath, splitPath } from "../../../shared/protocol4/resources/resource_path.ts";

const utf8 = new TextEncoder();

/**
 * The path in a client's tree for one that stands in a request; empty for the root. One slash at
 * the end is left out. Throws a `PathError`.
 */
export function treePath(rawPath: string): string {
  return safePath(decodePath(rawPath.replace(/(?<=[^/])\/$/, "")));
}

/** The path in a client's tree for one that is plain text. Throws a `PathError`. */
export function treePathOfText(path: string): string {
  return safePath(splitPath(path));
}

/** The path as its client sent it. */
export function plainPath(path: string): string {
  return path.includes("%") ? path.split("/").map(plainName).join("/") : path;
}

/** Each element goes through the rules for names, which hold for every system. */
function safePath(elements: readonly string[]): string {
  return elements.map((element) => {
    // A name that was too long is known to its client by what the server made of it.
    if (isCutName(element) && isSafeName(element)) return element;
    return safeElement(utf8.encode(element));
  }).join("/");
}
