/** What a server answers, logs and counts when it cannot store for a reason of its own. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { diskError } from "../../server/storage/disk/disk_error.ts";
import { FRAMES } from "./fixtures/refused.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { opened } from "./fixtures/uploader.ts";

/** The details of what was refused for a reason. */
function detailsOf({ lines }: ServedApplication, reason: string): readonly string[] {
  return lines.filter(({ reason: told }) => told === reason).map(({ detail }) => String(detail));
}

Deno.test({
  name: "a database that is taken away is the reason for refusals, in answer, log and counter",
  // Windows does not let go of a file that SQLite has open.
  ignore: Deno.build.os === "windows",
  async fn() {
    await using served = await servedApplication();
    const maya = await opened(served);
    const path = join(served.data, "defensive.db");
    await Deno.rename(path, `${path}.away`);
    for (const size of [10, 100_000]) {
      const body = new Uint8Array(size);
      equal(await maya.reason("PUT", "/v4/files/file", { body }), "500 database-gone");
    }
    equal(served.counters.value("refused.database-gone"), 2);
    for (const detail of detailsOf(served, "database-gone")) {
      match(detail, /defensive\.db" was removed or replaced/);
    }
    // All but the last byte, with which another frame begins.
    const batch = await maya.ask("POST", "/v4/batch", { body: FRAMES.slice(0, -1) });
    match(await batch.text(), /database-gone/);
    equal(served.counters.value("refused.database-gone"), 3);
    const line = 'A batch was refused: "database-gone"';
    ok(served.lines.some(({ level, message }) => level === "ERROR" && message === line));
    await Deno.rename(`${path}.away`, path);
  },
});

Deno.test("a disk that lets nothing be written is named in answer, log and counter", async () => {
  await using served = await servedApplication();
  const maya = await opened(served);
  const { contents } = served.storage;
  const readOnly = Object.assign(new Error("Read-only file system"), { code: "EROFS" });
  contents.create = () => {
    throw diskError(readOnly, 'write to "a"');
  };
  const body = new Uint8Array(100_000);
  equal(await maya.reason("PUT", "/v4/files/file", { body }), "500 data-not-writable");
  equal(served.counters.value("refused.data-not-writable"), 1);
  deepEqual(detailsOf(served, "data-not-writable"), [
    'Cannot write to "a": let the server\'s user write there, or name another folder with --data',
  ]);
});
