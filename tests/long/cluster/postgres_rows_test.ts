/** PostgreSQL keeps what SQLite does: the suites of the storage, over a real one. */

import { DiskContentFiles } from "../../../server/storage/disk/contents/disk_content_files.ts";
import { KeyedContents } from "../../../server/storage/keyed/keyed_contents.ts";
import { KeyedUploads } from "../../../server/storage/keyed/keyed_uploads.ts";
import { objectRowSuites, treeSuites } from "../../storage/suites/all_suites.ts";
import { catalogConformance } from "../../storage/suites/catalog_conformance.ts";
import type { OpenRows } from "../../storage/rows_under_test.ts";
import { temporaryFolder } from "../../peers/temporary_folder.ts";
import type { OpenTrees } from "../../storage/trees_under_test.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import { HAS_POSTGRESQL, NO_POSTGRESQL, Postgresql } from "../../engines/postgresql.ts";
import { openRows } from "./rows.ts";

if (HAS_POSTGRESQL) {
  const engine = await Postgresql.start();
  Deno.test.afterAll(async () => await engine[Symbol.asyncDispose]());

  catalogConformance("PostgreSQL", async (resources, clock) => {
    const database = resources.use(await engine.database());
    const rows = await openRows(database.url, { clock, dates: clock });
    return Object.assign(rows.catalog, {
      [Symbol.asyncDispose]: () => rows[Symbol.asyncDispose](),
    });
  });

  const open: OpenTrees = async (resources) => {
    const { path } = resources.use(await temporaryFolder());
    const { url } = resources.use(await engine.database());
    return async (clock) => {
      const rows = await openRows(url, { clock, dates: clock });
      const files = await DiskContentFiles.open(path);
      const contents = new KeyedContents({ rows: rows.contentRows, files });
      const uploads = new KeyedUploads({ rows: rows.uploadRows, files });
      const { catalog, accounts, tree } = rows;
      return {
        ...{ catalog, accounts, tree, contents, uploads },
        async [Symbol.asyncDispose]() {
          await uploads[Symbol.asyncDispose]();
          await contents[Symbol.asyncDispose]();
          await rows[Symbol.asyncDispose]();
        },
      };
    };
  };

  const openForObjects: OpenRows = async (resources, clock) => {
    const { url } = resources.use(await engine.database());
    const rows = await openRows(url, { clock, dates: clock });
    return { ...rows, contents: rows.contentRows, uploads: rows.uploadRows };
  };

  objectRowSuites("PostgreSQL", openForObjects);
  treeSuites("PostgreSQL", open);
} else {
  missingEngine(`PostgreSQL keeps what SQLite does${NO_POSTGRESQL}`);
}
