import assert from "node:assert/strict";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "./postgresql.ts";

Deno.test({
  name: "A PostgreSQL of the tests starts, has empty databases, and ends" + NO_POSTGRESQL,
  ignore: !HAS_POSTGRESQL,
  fn: async () => {
    await using engine = await Postgresql.start();
    await using database = await engine.database();
    const sql = engine.connect(database.name);
    const [row] = await sql`SELECT current_database() AS name, current_setting('port') AS port`;
    assert.deepEqual(row, { name: database.name, port: `${engine.port}` });
    await sql.end();
  },
});
