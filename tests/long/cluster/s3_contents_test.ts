/** Contents in a bucket keep what those in a folder do: the suites, over a real gateway. */

import { join } from "node:path";

import { DurableDatabase } from "../../../server/storage/sqlite/durable_database.ts";
import { SqliteCatalog } from "../../../server/storage/sqlite/sqlite_catalog.ts";
import { SqliteRowDatabase } from "../../../server/storage/sqlite/sqlite_row_database.ts";
import { newRun } from "../../../server/storage/sql/trees/new_run.ts";
import { SqlAccounts } from "../../../server/storage/sql/trees/sql_accounts.ts";
import { SqlContentRows } from "../../../server/storage/sql/trees/sql_content_rows.ts";
import { SqlTree } from "../../../server/storage/sql/trees/sql_tree.ts";
import { SqlUploadRows } from "../../../server/storage/sql/trees/sql_upload_rows.ts";
import { KeyedContents } from "../../../server/storage/keyed/keyed_contents.ts";
import { KeyedUploads } from "../../../server/storage/keyed/keyed_uploads.ts";
import { openS3 } from "../../../server/storage/s3/open_s3.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { contentsConformance } from "../../../server/storage/testing/contents_conformance.ts";
import { temporaryFolder } from "../../../server/storage/testing/temporary_folder.ts";
import type { OpenTrees } from "../../../server/storage/testing/trees_under_test.ts";
import {
  uploadLifetimeConformance,
} from "../../../server/storage/testing/upload_lifetime_conformance.ts";
import { uploadsConformance } from "../../../server/storage/testing/uploads_conformance.ts";
import { testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";

const UPLOAD_TIME = 7 * 24 * 3_600_000;

if (NO_GATEWAY === "") {
  let gateway: S3Gateway | undefined;
  Deno.test.beforeAll(async () => {
    gateway = await S3Gateway.start();
  });
  Deno.test.afterAll(async () => await gateway?.[Symbol.asyncDispose]());

  const open: OpenTrees = async (resources) => {
    const { path } = resources.use(await temporaryFolder());
    const { place } = await testBucket(gateway?.endpoint ?? "");
    return async (clock) => {
      const database = await DurableDatabase.open({ path: join(path, "test.db"), clock });
      const rows = new SqliteRowDatabase(database);
      const run = newRun();
      const contentRows = new SqlContentRows(rows, { clock, run });
      const uploadRows = new SqlUploadRows(rows, { clock, run, uploadTime: UPLOAD_TIME });
      const files = await openS3({
        place,
        keys: GATEWAY_KEYS,
        spool: join(path, "spool"),
        clock: SYSTEM_CLOCK,
        rows: {
          begin: (key) => contentRows.begin(key),
          abandon: (key) => contentRows.abandon(key),
          pieces: (key) => uploadRows.pieces(key),
        },
      });
      const contents = new KeyedContents({ rows: contentRows, files });
      const uploads = new KeyedUploads({ rows: uploadRows, files });
      return {
        catalog: SqliteCatalog.over(database, clock),
        accounts: new SqlAccounts(rows, { clock }),
        tree: new SqlTree(rows, { clock }),
        contents,
        uploads,
        async [Symbol.asyncDispose]() {
          await uploads[Symbol.asyncDispose]();
          await contents[Symbol.asyncDispose]();
          await database[Symbol.asyncDispose]();
        },
      };
    };
  };

  contentsConformance("A bucket", open, { untilSwept: true });
  uploadsConformance("A bucket", open);
  uploadLifetimeConformance("A bucket", open);
} else {
  Deno.test({ name: `A bucket keeps what a folder does${NO_GATEWAY}`, ignore: true, fn() {} });
}
