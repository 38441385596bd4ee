import { clientIdText } from "../../../shared/protocol/client_id.ts";
import { nameKey } from "../../../shared/names/name_key.ts";
import type { Catalog, FileVersion } from "../catalog.ts";

/** What is known of a file with commits under way, or with contents in place but not recorded. */
export interface FileUnderWay {
  /** The contents that lie in its place, if the catalog could not record them. */
  unrecorded: Placed | undefined;
}

/** Contents that took their place. */
export interface Placed {
  /** Their name when they were staged. */
  readonly staged: string;
  /** Where they lie. */
  readonly pathName: string;
}

interface Turns extends FileUnderWay {
  /** The last of the commits. */
  last: Promise<unknown>;
}

const underWay = new WeakMap<Catalog, Map<string, Turns>>();

/**
 * Runs `work` when no other of the same file is under way. Were two versions of one file placed and
 * recorded at once, the catalog could end with the one and the disk with the other. Names that differ in
 * case or Unicode form are of one file.
 */
export async function inTurn<T>(
  catalog: Catalog,
  { clientId, fileName }: Pick<FileVersion, "clientId" | "fileName">,
  work: (file: FileUnderWay) => Promise<T>,
): Promise<T> {
  const files = underWay.get(catalog) ?? new Map<string, Turns>();
  underWay.set(catalog, files);
  const key = `${clientIdText(clientId)}/${nameKey(fileName)}`;
  const file = files.get(key) ?? { last: Promise.resolve(), unrecorded: undefined };
  files.set(key, file);
  const turn = () => work(file);
  const result = file.last.then(turn, turn);
  file.last = result;
  try {
    return await result;
  } finally {
    if (file.last === result && file.unrecorded === undefined) files.delete(key);
  }
}
