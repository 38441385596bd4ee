import type { Clock } from "../../shared/clock.ts";
import type { ClientId } from "../../shared/wire/client_id.ts";
import type { Accounts } from "../../server/storage/trees/accounts.ts";
import type { Catalog } from "../../server/storage/versions/catalog.ts";
import type { ContentRows } from "../../server/storage/contents/content_rows.ts";
import type { ContentPlace, KeyedVersions } from "../../server/storage/versions/keyed_versions.ts";
import type { PieceRows } from "../../server/storage/contents/upload_parts.ts";
import type { UploadRows } from "../../server/storage/trees/upload_rows.ts";
import { ALICE } from "./catalog_under_test.ts";
import { newDevice, newId, type ShiftedClock, shiftedClock } from "./trees_under_test.ts";

/** What a database has for contents by key in a store of objects. */
export interface DatabaseRows extends AsyncDisposable {
  readonly catalog: Catalog;
  readonly accounts: Accounts;
  readonly contents: ContentRows;
  readonly uploads: UploadRows & PieceRows;
  readonly versions: KeyedVersions & ContentPlace;
}

/** Rows to test, of an empty database but for Alice, a client of protocol 3, and an account. */
export interface RowsUnderTest extends Omit<DatabaseRows, typeof Symbol.asyncDispose> {
  /** The id of the account. */
  readonly account: ClientId;
  readonly clock: ShiftedClock;
  /** The keys of all that is garbage, in alphabetical order. */
  garbage(): Promise<readonly string[]>;
}

/** Opens an empty database. */
export type OpenRows = (resources: AsyncDisposableStack, clock: Clock) => Promise<DatabaseRows>;

/** The tests of rows of this name are registered by what it returns. */
export function rowTestsOf(name: string, open: OpenRows) {
  return (sentence: string, work: (rows: RowsUnderTest) => Promise<void>): void => {
    Deno.test(`${name} ${sentence}`, async () => {
      await using resources = new AsyncDisposableStack();
      const clock = shiftedClock();
      const rows = resources.use(await open(resources, clock));
      await rows.catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
      const account = newId();
      await rows.accounts.register({ id: account, name: "Account", device: newDevice() });
      const garbage = async () =>
        (await rows.contents.garbage(0, 100)).map(({ key }) => key).sort();
      await work({ ...rows, account, clock, garbage });
    });
  };
}
