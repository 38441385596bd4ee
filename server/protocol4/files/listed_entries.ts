import {
  ENTRIES_ON_PAGE,
  type EntriesPage,
  type Entry,
  textOf,
  type Tree,
} from "../../storage/trees/tree.ts";

/**
 * The `textOf()` of the entries that one list has in memory: nobody has to take it, and a client
 * may ask for 128. A page with long names, as JSON has them, would be 29 MB.
 */
const AT_ONCE: number = 64 * 1024;

/**
 * Entries of a folder, up to `limit` of them, some at a time: more are read once these are used.
 * Throws the errors of the tree.
 */
export async function* listedEntries(
  tree: Pick<Tree, "list">,
  { limit = Infinity, awaitTurn, ...page }: Omit<EntriesPage, "text"> & {
    /** See `Peer.awaitTurn()`. */
    readonly awaitTurn: () => Promise<boolean>;
  },
): AsyncGenerator<readonly Entry[]> {
  for (let [left, after] = [limit, page.after]; left > 0;) {
    const most = Math.min(left, ENTRIES_ON_PAGE);
    const entries = await tree.list({
      ...{ ...page, limit: most, text: AT_ONCE },
      ...(after !== undefined && { after }),
    });
    if (entries.length > 0) yield entries;
    const size = entries.reduce((sum, entry) => sum + textOf(entry), 0);
    if (entries.length < most && size < AT_ONCE || !await awaitTurn()) return;
    left -= entries.length;
    after = entries.at(-1)?.path;
  }
}
