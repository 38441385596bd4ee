import type { Clock } from "../../shared/clock.ts";
import type { ContentFiles } from "./contents/content_files.ts";
import type { ContentRows } from "./contents/content_rows.ts";
import { KeyedContents } from "./keyed/keyed_contents.ts";
import { KeyedUploads } from "./keyed/keyed_uploads.ts";
import { Sweeper } from "./keyed/sweeper.ts";
import { SqlAccounts } from "./sql/accounts/sql_accounts.ts";
import { SqlContentRows, type SqlContentRowsOptions } from "./sql/sql_content_rows.ts";
import { SqlTree } from "./sql/entries/sql_tree.ts";
import { SqlUploadRows } from "./sql/uploads/sql_upload_rows.ts";
import type { RowDatabase } from "./sql/work.ts";
import type { PieceRows } from "./contents/upload_parts.ts";

/** The default of `TreesOptions.uploadTime`: 7 days. */
export const UPLOAD_TIME: number = 7 * 24 * 3_600_000;

/** Milliseconds between two sweeps where other servers may end. */
const EVERY_MINUTE = 60_000;

/** A database of rows, and which run of which server uses it. */
export interface TreeRows extends Pick<SqlContentRowsOptions, "run" | "ended"> {
  readonly database: RowDatabase;
  /** By whose clock rows are dated. */
  readonly dates: Pick<Clock, "date">;
}

export interface TreesOptions {
  readonly clock: Clock;
  /**
   * Milliseconds after its last byte for which an upload is kept, and after its commit for which it
   * is remembered. Default: `UPLOAD_TIME`.
   */
  readonly uploadTime?: number;
  /** Called with the reason why contents that nothing needs could not be removed. */
  readonly onSweepTrouble?: (error: unknown) => void;
}

/** What a store of contents needs of a database. */
export type ContentFileRows = Pick<ContentRows, "begin" | "abandon"> & PieceRows;

/** What has to do with trees of files. */
export interface OpenTrees<T extends ContentFiles> {
  readonly trees: {
    readonly accounts: SqlAccounts;
    readonly tree: SqlTree;
    readonly contents: KeyedContents;
    readonly uploads: KeyedUploads;
  };
  readonly contentRows: SqlContentRows;
  readonly files: T;
  /** To be called after changes that may have left something to the sweeper. */
  readonly onReleased: () => void;
}

/** Opens what has to do with trees of files, and adds to `opened` what has to be closed. */
export async function openTrees<T extends ContentFiles>(
  { rows: { database, run, ended, dates: clock }, openFiles, opened, options, garbageTime }: {
    readonly rows: TreeRows;
    readonly openFiles: (rows: ContentFileRows) => Promise<T>;
    readonly opened: AsyncDisposableStack;
    readonly options: TreesOptions;
    /**
     * Milliseconds that contents are kept after they lost their entry. Default: some seconds. Not
     * an option: of the settings, which the options are taken from, it is for buckets alone.
     */
    readonly garbageTime?: number;
  },
): Promise<OpenTrees<T>> {
  const { uploadTime = UPLOAD_TIME, onSweepTrouble } = options;
  const onReleased = () => sweeper.wake();
  const contentRows = new SqlContentRows(database, { clock, run, ...(ended && { ended }) });
  const uploadRows = new SqlUploadRows(database, { clock, run, uploadTime });
  const files = await openFiles({
    begin: (key) => contentRows.begin(key),
    abandon: (key) => contentRows.abandon(key),
    pieces: (key) => uploadRows.pieces(key),
  });
  const times = garbageTime === undefined ? {} : { garbageTime };
  const othersEnd = ended !== undefined;
  const contents = opened.use(
    new KeyedContents({ rows: contentRows, files, onReleased, othersEnd, ...times }),
  );
  const uploads = opened.use(new KeyedUploads({ rows: uploadRows, files, onReleased }));
  const sweeper = opened.use(
    new Sweeper({
      contents,
      uploads,
      clock: options.clock,
      ...times,
      ...(othersEnd && { every: EVERY_MINUTE }),
      ...(onSweepTrouble && { onTrouble: onSweepTrouble }),
    }),
  );
  const accounts = new SqlAccounts(database, { clock });
  const tree = new SqlTree(database, { clock, onReleased });
  return { trees: { accounts, tree, contents, uploads }, contentRows, files, onReleased };
}
