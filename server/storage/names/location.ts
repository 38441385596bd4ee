import { type ClientId, clientIdText } from "../../../shared/wire/client_id.ts";
import { isSafeName } from "../../../shared/names/safe_name.ts";
import { StorageError } from "../storage_error.ts";

/** The folder of the store with all placed contents. */
export const RECEIVED_FILES = "received_files";

/** Maximum elements of a name, and its maximum bytes of UTF-8: below the path limits of systems. */
const MOST_ELEMENTS = 16;
const LONGEST = 1_024;

/** The variable parts of a path in the store. */
export interface PathParts {
  /** The client's folder: its id as 32 lower-case hexadecimal digits. */
  readonly folder: string;
  /**
   * At least one name that `safeName()` or `markedName()` returned; all but the last name folders.
   */
  readonly elements: readonly string[];
}

/**
 * Returns the path of a file of a client (16 bytes): `received_files/<id>/<name>`. The name is
 * safe, or several safe names with `/` between them, as in `letters/2026/a.txt`.
 */
export function locationOf(clientId: ClientId, fileName: string): string {
  return `${RECEIVED_FILES}/${clientIdText(clientId)}/${fileName}`;
}

/**
 * Splits a path of `FileVersion.location`. Throws a `StorageError`, `path-not-allowed`, for
 * anything but `received_files/<32 hexadecimal digits>/<safe name>`, with up to 15 safe names of
 * folders before the last one: no such path leaves its folder.
 */
export function parseLocation(location: string): PathParts {
  const [top, folder = "", ...elements] = location.split("/");
  const fits = top === RECEIVED_FILES && /^[0-9a-f]{32}$/.test(folder) && areSafe(elements);
  if (fits) return { folder, elements };
  throw new StorageError(
    "path-not-allowed",
    `The path ${JSON.stringify(location)} is not ${RECEIVED_FILES}/<id>/<safe name>`,
  );
}

function areSafe(elements: readonly string[]): boolean {
  if (elements.length === 1) return isSafeName(elements[0] ?? "");
  const bytes = new TextEncoder().encode(elements.join("/")).length;
  return elements.length > 0 && elements.length <= MOST_ELEMENTS && bytes <= LONGEST &&
    elements.every(isSafeName);
}

const KEY = /^[0-9a-f]{32}$/;

/** Whether a location is the key of contents that lie under it for good, and not a path. */
export function isContentKey(location: string): boolean {
  return KEY.test(location);
}
