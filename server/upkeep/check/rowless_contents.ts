import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { foldName } from "../../storage/names/distinct_path.ts";
import { RECEIVED_FILES } from "../../storage/names/location.ts";
import { type KeyPage, keysOnRecord, known, knownPaths } from "../../storage/sql/stored_files.ts";
import type { Stored } from "../../storage/stored.ts";
import type { Fault } from "./check_file.ts";

/** Rows that are read at a time, and keys that are asked for at a time. */
const PAGE = 1_000;
const ASKED = 100;

/** Keys that are in memory at a time, some 100 bytes each: more are taken in 16 or 256 shares. */
const MOST_KEYS = 250_000;

/**
 * Yields contents that no row has: neither a file's, nor under way, nor garbage. Of keys, contents
 * are listed before the rows, so that a row is there for each unless they were removed meanwhile;
 * what is left is looked at again. `files` is about how many contents there are.
 */
export async function* rowlessContents(
  { rows, contents, hasJournal }: Stored,
  { files, onShare = () => {} }: {
    readonly files: number;
    /** Called with how many shares of all are done. */
    readonly onShare?: (done: number, of: number) => void;
  },
): AsyncGenerator<Fault> {
  const shares = sharesFor(files);
  for (const [index, digits] of shares.entries()) {
    const found = new Set<string>();
    for await (const keys of contents.keys(digits)) for (const key of keys) found.add(key);
    let page: KeyPage | undefined = { table: 0 };
    while (page !== undefined && found.size > 0) {
      const from: KeyPage = page;
      const { keys, next } = await rows.read(() => keysOnRecord(from, PAGE));
      for (const key of keys) found.delete(key);
      page = next;
    }
    const left = [...found];
    for (let at = 0; at < left.length; at += ASKED) yield* stillThere(left.slice(at, at + ASKED));
    onShare(index + 1, shares.length);
  }
  if (!hasJournal) return;
  for await (const locations of contents.locations()) {
    const asked = await unknownPaths(locations);
    // A file that has just got its row and its place was in neither a moment ago.
    for (const location of await unknownPaths(asked)) {
      const there = await contents.open(location).catch(() => undefined);
      await there?.[Symbol.asyncDispose]();
      if (there !== undefined) yield faultOf(location);
    }
  }

  async function* stillThere(keys: readonly string[]): AsyncGenerator<Fault> {
    const have = await rows.read(() => known(keys));
    for (const key of keys) {
      if (have.has(key)) continue;
      const there = await contents.open(key);
      await there?.[Symbol.asyncDispose]();
      if (there !== undefined) yield faultOf(key);
    }
  }

  async function unknownPaths(locations: readonly string[]): Promise<readonly string[]> {
    const [first] = locations;
    if (first === undefined) return [];
    const id = clientIdOf(Uint8Array.fromHex(first.slice(RECEIVED_FILES.length + 1).slice(0, 32)));
    const paths = locations.map((path) => ({ path, folded: foldName(path) }));
    const have = await rows.read(() => knownPaths(id, paths));
    return locations.filter((location) => !have.has(location));
  }
}

/** The first digits of the keys of each share. */
function sharesFor(files: number): readonly string[] {
  const digits = files <= MOST_KEYS ? 0 : files <= 16 * MOST_KEYS ? 1 : 2;
  return Array.from(
    { length: 16 ** digits },
    (_, index) => digits === 0 ? "" : index.toString(16).padStart(digits, "0"),
  );
}

function faultOf(what: string): Fault {
  return { kind: "nobody's", what, message: "no row of the database has these contents" };
}
