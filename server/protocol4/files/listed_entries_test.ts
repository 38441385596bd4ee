import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { NO_CLIENT_ID } from "../../../shared/wire/client_id.ts";
import { ENTRIES_ON_PAGE, type EntriesPage, type Entry, textOf } from "../../storage/trees/tree.ts";
import { listedEntries, MOST_IN_TURN } from "./listed_entries.ts";

/** Folders with paths of so many characters, listed as the storage lists them. */
function folders(count: number, length: number) {
  const all = Array.from({ length: count }, (_, at): Entry => ({
    ...{ path: String(at).padStart(length, "0"), kind: "folder", version: "" },
    storedAt: new Date(0),
  }));
  const pages: (readonly Entry[])[] = [];
  return {
    all,
    pages,
    list({ after, limit = ENTRIES_ON_PAGE, text = Infinity }: EntriesPage) {
      const begin = all.findIndex(({ path }) => path === after) + 1;
      let [end, size] = [begin, 0];
      for (let each = all[end]; each !== undefined && end - begin < limit && size < text;) {
        size += textOf(each);
        each = all[++end];
      }
      const page = all.slice(begin, end);
      pages.push(page);
      return Promise.resolve(page);
    },
  };
}

const CASES = [[200, 4_096, 150], [200, 4_096, 1_000], [1_200, 9, 1_000]] as const;

for (const [count, length, limit] of CASES) {
  Deno.test(`${limit} of ${count} paths of ${length} characters are read in parts`, async () => {
    const tree = folders(count, length);
    const listed: Entry[] = [];
    const options = { clientId: NO_CLIENT_ID, limit, awaitTurn: () => Promise.resolve(true) };
    let used = 0;
    for await (const entries of listedEntries(tree, options)) {
      // Nothing is read ahead of who takes it.
      strictEqual(tree.pages.length, ++used);
      ok(entries.reduce((sum, each) => sum + textOf(each), 0) < 64 * 1024 + length);
      listed.push(...entries);
    }
    deepStrictEqual(listed, tree.all.slice(0, limit));
  });
}

Deno.test("What is listed for a client that has left is not read", async () => {
  const tree = folders(200, 4_096);
  const options = { clientId: NO_CLIENT_ID, awaitTurn: () => Promise.resolve(false) };
  for await (const _ of listedEntries(tree, options));
  strictEqual(tree.pages.length, 1);
});

Deno.test("A list waits for its turn before it reads more entries than a turn is for", async () => {
  ok(MOST_IN_TURN <= 100);
  const tree = folders(1_000, 9);
  let turns = 1;
  const awaitTurn = () => {
    turns++;
    return Promise.resolve(true);
  };
  const options = { clientId: NO_CLIENT_ID, recursive: true, limit: 1_000, awaitTurn };
  for await (const _ of listedEntries(tree, options)) {
    const listed = tree.pages.reduce((sum, { length }) => sum + length, 0);
    ok(listed <= turns * MOST_IN_TURN, `${listed} entries in ${turns} turns`);
  }
});
