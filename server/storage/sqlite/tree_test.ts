import assert from "node:assert/strict";

import {
  changeOf,
  openTree,
  testTreeAgainstModel,
} from "../../../tests/storage/tree_against_model.ts";

// A thousand in tests/long/.
testTreeAgainstModel({ runs: 30 });

Deno.test("A SQLite tree looks up, lists, moves and removes by its indexes", async () => {
  await using opened = await openTree();
  const { database, tree, clientId, rows } = opened;
  const plans = new Map<string, string>();
  // The statements that are run, whatever they are, and not a copy of them here.
  for (const method of ["get", "all", "run"] as const) {
    const original = database.sql[method].bind(database.sql);
    Object.defineProperty(database.sql, method, {
      value: (sql: string, ...values: never[]) => {
        if (!plans.has(sql) && !/^(?:INSERT|EXPLAIN)/.test(sql)) {
          plans.set(sql, "");
          const rows = database.sql.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values);
          plans.set(sql, rows.map(({ detail }) => detail).join("; "));
        }
        return original(sql, ...values);
      },
    });
  }
  const file = changeOf({
    ...{ does: "record", path: "a/b/c", kind: "file", text: "x" },
    ...{ parents: true, onlyNew: false },
  });
  await tree.record(clientId, file);
  await tree.record(clientId, file);
  await tree.list({ clientId, recursive: true, after: "a/b" });
  await tree.move({ clientId, from: "a", to: "x/y/z", parents: true });
  await tree.remove({ clientId, path: "x", recursive: true });
  await rows.abandonEarlier(1);
  await rows.removeDetached(1);
  await rows.garbage(0, 1);
  assert(plans.size >= 10, `${plans.size} statements`);
  for (const [sql, plan] of plans) {
    // What is under way is little: a scan of it is none of the tree.
    if (/FROM under_way WHERE Run/.test(sql)) continue;
    assert.doesNotMatch(plan, /SCAN (?!below|garbage|CONSTANT)|TEMP B-TREE/, `${sql}: ${plan}`);
    // That would be all that a client has.
    assert.doesNotMatch(plan, /SEARCH entries[^;]* \(ID=\?\)/, `${sql}: ${plan}`);
  }
});
