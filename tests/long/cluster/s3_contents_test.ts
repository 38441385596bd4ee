/** Contents in a bucket keep what those in a folder do: the suites, over a real gateway. */

import { join } from "node:path";

import { KeyedContents } from "../../../server/storage/keyed/keyed_contents.ts";
import { KeyedUploads } from "../../../server/storage/keyed/keyed_uploads.ts";
import { openS3 } from "../../../server/storage/s3/open_s3.ts";
import { SYSTEM_CLOCK } from "../../../server/system_clock.ts";
import { committerConformance } from "../../storage/suites/committer_conformance.ts";
import { contentsConformance } from "../../storage/suites/contents_conformance.ts";
import { keyedStorage, storeByPath } from "../../storage/keyed_storage.ts";
import { storeConformance } from "../../storage/suites/store_conformance.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import type { OpenTrees } from "../../storage/trees_under_test.ts";
import { uploadLifetimeConformance } from "../../storage/suites/upload_lifetime_conformance.ts";
import { uploadsConformance } from "../../storage/suites/uploads_conformance.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { testBucket } from "../../engines/s3_bucket.ts";
import { GATEWAY_KEYS, NO_GATEWAY, S3Gateway } from "../../engines/s3_gateway.ts";
import { rowsForFiles, sqliteRows } from "../../engines/sqlite_rows.ts";

if (NO_GATEWAY === "") {
  let gateway: S3Gateway | undefined;
  Deno.test.beforeAll(async () => {
    gateway = await S3Gateway.start();
  });
  Deno.test.afterAll(async () => await gateway?.[Symbol.asyncDispose]());

  const opened = async (resources: AsyncDisposableStack) => {
    const { path } = resources.use(await temporaryFolder());
    const { place } = await testBucket(gateway?.endpoint ?? "");
    const rows = resources.use(await sqliteRows(SYSTEM_CLOCK));
    const spool = join(path, "spool");
    const s3 = { place, keys: GATEWAY_KEYS, spool, clock: SYSTEM_CLOCK };
    return { rows, files: await openS3({ ...s3, rows: rowsForFiles(rows) }) };
  };

  committerConformance("A bucket", async (resources) => {
    const { rows, files } = await opened(resources);
    return keyedStorage(rows, files);
  });
  storeConformance("A bucket", async (resources) => {
    const { rows, files } = await opened(resources);
    return await storeByPath(rows, files);
  });

  const open: OpenTrees = async (resources) => {
    const { path } = resources.use(await temporaryFolder());
    const { place } = await testBucket(gateway?.endpoint ?? "");
    return async (clock) => {
      const rows = await sqliteRows(clock, join(path, "test.db"));
      const spool = join(path, "spool");
      const s3 = { place, keys: GATEWAY_KEYS, spool, clock: SYSTEM_CLOCK };
      const files = await openS3({ ...s3, rows: rowsForFiles(rows) });
      const contents = new KeyedContents({ rows: rows.contents, files });
      const uploads = new KeyedUploads({ rows: rows.uploads, files });
      return {
        ...{ catalog: rows.catalog, accounts: rows.accounts, tree: rows.tree, contents, uploads },
        async [Symbol.asyncDispose]() {
          await uploads[Symbol.asyncDispose]();
          await contents[Symbol.asyncDispose]();
          await rows[Symbol.asyncDispose]();
        },
      };
    };
  };

  contentsConformance("A bucket", open, { untilSwept: true });
  uploadsConformance("A bucket", open);
  uploadLifetimeConformance("A bucket", open);
} else {
  missingEngine(`A bucket keeps what a folder does${NO_GATEWAY}`);
}
