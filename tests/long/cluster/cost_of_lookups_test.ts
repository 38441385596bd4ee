/** A file is looked up in a PostgreSQL without reading others of its client. */

import { ok } from "node:assert/strict";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { openRows } from "./rows.ts";

/** Files of a client that has many. */
const MANY = 20_000;

/** Lookups in one measurement. */
const LOOKUPS = 20;

/** Measurements, of which the shortest counts; there are more while it takes too long. */
const ROUNDS = { least: 7, most: 150 } as const;

/**
 * How many times as long as a lookup of the client it may take: measured 1 to 1.5, and 22 if all
 * files of the client are read.
 */
const MOST = 5;

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  for (let count = 0; count < LOOKUPS; count++) await act();
  return performance.now() - begun;
}

/** How many times as long one function takes as another, measured in turns. */
async function timesAsLong(one: () => Promise<unknown>, other: () => Promise<unknown>) {
  let [least, leastOther] = [Infinity, Infinity];
  const isDue = (round: number) =>
    round < ROUNDS.least || least > MOST * leastOther && round < ROUNDS.most;
  for (let round = 0; isDue(round); round++) {
    least = Math.min(least, await timeOf(one));
    leastOther = Math.min(leastOther, await timeOf(other));
  }
  return least / leastOther;
}

if (HAS_POSTGRESQL) {
  const engine = await Postgresql.start();
  Deno.test.afterAll(async () => await engine[Symbol.asyncDispose]());

  // What PostgreSQL knows of a table, and what it joins two indexes by, may be missing.
  for (const missing of ["nothing", "statistics", "bitmaps of indexes"]) {
    Deno.test(`PostgreSQL reads one of many files to look it up, without ${missing}`, async () => {
      await using database = await engine.database();
      const sql = engine.connect(database.name);
      if (missing.startsWith("bitmaps")) {
        await sql.unsafe(`ALTER DATABASE ${database.name} SET enable_bitmapscan = off`);
      }
      await using rows = await openRows(database.url);
      const id = clientIdOf(new Uint8Array(16).fill(1));
      await rows.catalog.register({ id, name: "Greedy", revision: "2024a" });
      await sql.unsafe(
        'INSERT INTO files ("ID", "FileName", "NameKey", "PathName", "FoldedPath", "Verified",' +
          ' "Size", "Checksum", "StoredAt")' +
          ` SELECT '\\x${id.toHex()}', n || '.txt', n || '.txt', n || '.txt', n || '.TXT', 1, 1,` +
          ` 2, '2026-01-01T00:00:00Z' FROM generate_series(1, ${MANY}) AS n`,
      );
      if (missing !== "statistics") await sql.unsafe("ANALYZE");
      await sql.end();
      for (const fileName of ["1.txt", "1.TXT", "new.txt"]) {
        const ratio = await timesAsLong(
          () => rows.catalog.file(id, fileName),
          () => rows.catalog.client(id),
        );
        ok(ratio <= MOST, `${fileName}: ${ratio.toFixed(1)} times as long`);
      }
    });
  }
} else {
  missingEngine(`PostgreSQL reads one of many files to look it up${NO_POSTGRESQL}`);
}
