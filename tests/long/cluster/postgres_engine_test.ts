import assert from "node:assert/strict";
import { ALICE, version } from "../../storage/catalog_under_test.ts";
import { openRows } from "./rows.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";

Deno.test({
  name: "A PostgreSQL keeps clients and files, and ends with its test" + NO_POSTGRESQL,
  ignore: !HAS_POSTGRESQL,
  fn: async () => {
    await using engine = await Postgresql.start();
    await using database = await engine.database();
    {
      await using rows = await openRows(database.url);
      await rows.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
      await rows.catalog.record(version({ size: 7 }));
    }
    await using again = await openRows(database.url);
    assert.deepEqual((await again.catalog.usage(ALICE)).client, { files: 1, bytes: 7 });
    const sql = engine.connect(database.name);
    const [row] = await sql`SELECT "Name" FROM clients`;
    assert.deepEqual(row, { Name: "Alice" });
    await sql.end();
  },
});
