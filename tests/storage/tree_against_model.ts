/** A tree beside a plain map of paths: the same changes leave the same. */

import assert from "node:assert/strict";
import fc from "fast-check";

import { TestClock } from "../peers/test_clock.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { bytes, newDevice, newId } from "./trees_under_test.ts";
import { TreeModel } from "./tree_model.ts";
import type { NewEntry } from "../../server/storage/trees/tree.ts";
import { DurableDatabase } from "../../server/storage/sqlite/writing/durable_database.ts";
import { SqliteRowDatabase } from "../../server/storage/sqlite/sqlite_row_database.ts";
import { SqlAccounts } from "../../server/storage/sql/accounts/sql_accounts.ts";
import { SqlContentRows } from "../../server/storage/sql/sql_content_rows.ts";
import { SqlTree } from "../../server/storage/sql/entries/sql_tree.ts";

/** Few, so that they meet: in another case, and one that is the beginning of another. */
const NAMES = ["a", "A", "b", "bb"];

/** A tree in memory, with one client. */
export async function openTree() {
  const clock = new TestClock();
  const database = await DurableDatabase.open({ path: ":memory:", clock });
  const clientId = newId();
  const shared = new SqliteRowDatabase(database);
  const accounts = new SqlAccounts(shared, { clock });
  await accounts.register({ id: clientId, name: "Alice", device: newDevice() });
  return {
    database,
    clientId,
    tree: new SqlTree(shared, { clock }),
    rows: new SqlContentRows(shared, { clock, run: 1 }),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}

const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((names) => names.join("/"));

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      does: fc.constant("record" as const),
      path,
      kind: fc.constantFrom("file" as const, "folder" as const, "link" as const),
      text: fc.constantFrom("x", "yy", "zzz"),
      parents: fc.boolean(),
      onlyNew: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      does: fc.constant("move" as const),
      from: path,
      to: path,
      replace: fc.boolean(),
      parents: fc.boolean(),
      // Onto a folder above it, which chance alone would seldom hit.
      up: fc.integer({ min: 0, max: 9 }),
    }).map(({ up, ...move }) => {
      const above = move.from.split("/").slice(0, -up);
      return up === 0 || above.length === 0 ? move : { ...move, to: above.join("/") };
    }),
  },
  fc.record({
    does: fc.constant("remove" as const),
    path: fc.oneof(path, fc.constantFrom(...NAMES)),
    recursive: fc.boolean(),
  }),
);

/** The change of a tree that a step asks for. */
export function changeOf(
  { path, kind, text, parents, onlyNew }: Extract<
    (typeof step) extends fc.Arbitrary<infer Step> ? Step : never,
    { does: "record" }
  >,
): NewEntry {
  const where = { path, parents, ...(onlyNew && { precondition: { kind: "none" } as const }) };
  if (kind === "folder") return { kind, ...where };
  if (kind === "link") return { kind, ...where, target: text };
  const content = new TextEncoder().encode(text);
  const size = content.length;
  return { kind, ...where, size, tree: bytes(32), contents: { bytes: content, size } };
}

/** Declares a test of so many random sequences of changes. */
export function testTreeAgainstModel({ runs }: { readonly runs: number }): void {
  Deno.test("Changes of a SQLite tree leave what they would of a plain map of paths", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        async (
          steps,
          limit,
        ) => {
          await using opened = await openTree();
          const { tree, clientId, database, rows } = opened;
          const model = new TreeModel();
          for (const one of steps) {
            const attempt = one.does === "record"
              ? tree.record(clientId, changeOf(one))
              : one.does === "move"
              ? tree.move({ clientId, ...one })
              : tree.remove({ clientId, ...one });
            const done = await attempt.then(() => true, (error) => {
              assert(error instanceof StorageError, error);
              return false;
            });
            const expected = one.does === "record"
              ? model.record(one.path, one)
              : one.does === "move"
              ? model.move(one)
              : model.remove(one.path, one.recursive);
            assert.equal(done, expected, JSON.stringify(one));
          }
          const listed: string[] = [];
          let after: string | undefined;
          for (;;) {
            const from = after === undefined ? {} : { after };
            const page = await tree.list({ clientId, recursive: true, limit, ...from });
            if (page.length === 0) break;
            for (const entry of page) {
              const text = entry.kind === "file"
                ? new TextDecoder().decode(await rows.small(entry.contents))
                : entry.kind === "link"
                ? entry.target
                : "";
              listed.push(`${entry.kind} ${entry.path} ${text}`);
              assert.deepEqual(await tree.entry(clientId, entry.path), entry);
            }
            after = page.at(-1)?.path;
          }
          assert.deepEqual(listed, model.list());
          const counts = database.sql.get(
            "SELECT clients.Files AS files, clients.Bytes AS bytes, totals.Files AS allFiles," +
              " totals.Bytes AS allBytes, (SELECT count(*) FROM small_contents) AS small," +
              " (SELECT count(*) FROM entries WHERE Parent < 0) AS removed FROM clients, totals",
          );
          const { entries, files: small, bytes: size } = model.usage();
          const all = { allFiles: entries, allBytes: size, small, removed: 0 };
          assert.deepEqual({ ...counts as object }, { files: entries, bytes: size, ...all });
        },
      ),
      { numRuns: runs },
    );
  });
}
