import { clientIdText } from "../../../shared/wire/client_id.ts";
import { isSafeName } from "../../../shared/names/safe_name.ts";
import { StorageError } from "../storage_error.ts";

/** The folder of the store that holds all contents in their place. */
export const RECEIVED_FILES = "received_files";

/** The two variable parts of a path in the store. */
export interface PathParts {
  /** The client's folder: its id as 32 lower-case hexadecimal digits. */
  readonly folder: string;
  /** The last element: a name that `safeName()` or `markedName()` returned. */
  readonly element: string;
}

/** The path of a client's (16 bytes) file with a safe name: `received_files/<id>/<name>`. */
export function pathNameOf(clientId: Uint8Array, fileName: string): string {
  return `${RECEIVED_FILES}/${clientIdText(clientId)}/${fileName}`;
}

/**
 * Takes a path of `FileVersion.pathName` apart. Throws a `StorageError`, `path-not-allowed`, for
 * anything but `received_files/<32 hexadecimal digits>/<safe name>`: no such path leaves its folder.
 */
export function parsePathName(pathName: string): PathParts {
  const [top, folder = "", element = "", ...more] = pathName.split("/");
  const fits = top === RECEIVED_FILES && /^[0-9a-f]{32}$/.test(folder) && more.length === 0 &&
    isSafeName(element);
  if (fits) return { folder, element };
  throw new StorageError(
    "path-not-allowed",
    `The path ${JSON.stringify(pathName)} is not ${RECEIVED_FILES}/<id>/<safe name>`,
  );
}
