import { type EntriesPage, type Entry, textOf, type Tree } from "../../storage/trees/tree.ts";

/**
 * The `textOf()` of the entries that one list has in memory: nobody has to take it, and a client
 * may ask for 128. A page with long names, as JSON has them, would be 29 MB.
 */
const AT_ONCE: number = 64 * 1024;

/**
 * The most entries that are read in one turn. Each may be a folder, which takes a query of its own
 * in a list of what is below too: about 3 ms of the thread for so many, and 40 ms for 1,000.
 */
export const MOST_IN_TURN = 64;

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
    const most = Math.min(left, MOST_IN_TURN);
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
