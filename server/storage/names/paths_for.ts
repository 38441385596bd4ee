import { FIRST_NUMBER, numberedName } from "../../../shared/names/numbered_name.ts";
import { markedName } from "../../../shared/names/safe_name.ts";

/** The last number that is tried: each takes a query. */
const LAST_NUMBER = 9;
/** As for safe names, in bytes of UTF-8. */
const LONGEST = 255;

/**
 * Yields the paths for a new file in order of preference: `path`, then with ` (2)` to ` (9)`
 * appended to its name, and last with a mark that no other path has.
 */
export function* pathsFor(path: string): Generator<string> {
  yield path;
  const start = path.lastIndexOf("/") + 1;
  const [folder, name] = [path.slice(0, start), path.slice(start)];
  for (let number = FIRST_NUMBER; number <= LAST_NUMBER; number++) {
    yield folder + numberedName(name, { number, longest: LONGEST });
  }
  // The digest covers the whole path: with a digest of the name alone, a client could send that
  // name as raw bytes and get the same mark.
  yield folder + markedName(name, new TextEncoder().encode(path));
}
