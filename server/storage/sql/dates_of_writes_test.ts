import { deepEqual } from "node:assert/strict";
import { bytes, newDevice, newId } from "../../../tests/storage/trees_under_test.ts";
import { SqlAccounts } from "./accounts/sql_accounts.ts";
import { SqlContentRows } from "./sql_content_rows.ts";
import { SqlKeyedVersions } from "./sql_keyed_versions.ts";
import { SqlUploadRows } from "./uploads/sql_upload_rows.ts";
import type { RowDatabase, SqlValue, Work } from "./work.ts";

const BEFORE = new Date("2030-01-01T00:00:00Z");
const AFTER = new Date("2030-01-01T12:00:00Z");

/** Rows of a database that asks for its date before it writes, since the process was stopped. */
function stoppedRows() {
  let date = BEFORE;
  const values: SqlValue[] = [];
  const row = {
    ...{ Generation: 1, Size: null, Offset: 0, Verified: 0, UploadID: "u", Contents: "c" },
    ...{ PathName: "p", FileName: "f", Expires: "9", Version: null },
  };
  const done = <T>(work: () => Work<T>): T => {
    const statements = work();
    let answer: unknown;
    for (;;) {
      const step = statements.next(answer);
      if (step.done) return step.value;
      values.push(...step.value.values);
      answer = { get: row, all: [row, row], run: 1 }[step.value.result];
    }
  };
  const database: RowDatabase = {
    read: (work) => Promise.resolve(done(work)),
    write(work) {
      date = AFTER;
      return Promise.resolve(done(work));
    },
  };
  const clock = { date: () => date };
  /** The days and hours that were written or asked for since the last call. */
  const dates = () => {
    date = BEFORE;
    const texts = values.splice(0).filter((value) => typeof value === "string");
    return texts.filter((text) => text.startsWith("2030-")).map((text) => text.slice(8, 13));
  };
  return { database, clock, dates };
}

Deno.test("what is written is dated when it may be, and not when that was asked", async () => {
  const { database, clock, dates } = stoppedRows();
  const options = { clock, run: () => 1, uploadTime: 3_600_000 };
  const uploads = new SqlUploadRows(database, options);
  const key = { clientId: newId(), id: "u" };
  await uploads.open(key);
  deepEqual(dates().slice(-1), ["01T13"]);
  await uploads.advance({
    key,
    generation: 1,
    offset: 1,
    made: { offset: 1, pieces: [] } as never,
  });
  deepEqual(dates()[0], "01T13");
  await uploads.remove(key);
  deepEqual(new Set(dates()), new Set(["01T12"]));
  await new SqlContentRows(database, options as never).garbage(0, 1);
  deepEqual(dates(), ["01T12", "01T13"]);
  await new SqlAccounts(database, { clock }).removeDevice(newId(), newDevice().id);
  deepEqual(dates(), ["08T12"]);
  const version = { clientId: newId(), location: "l", fileName: "f", size: 1, checksum: bytes(32) };
  await new SqlKeyedVersions(database, clock).recordKeyed({ ...version, verified: false } as never);
  deepEqual(new Set(dates()), new Set(["01T12"]));
});
