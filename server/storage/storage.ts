import type { Accounts } from "./trees/accounts.ts";
import type { Catalog } from "./versions/catalog.ts";
import type { Committer } from "./versions/committer.ts";
import type { Contents } from "./contents/contents.ts";
import type { Store } from "./versions/store.ts";
import type { Tree } from "./trees/tree.ts";
import type { Uploads } from "./trees/uploads.ts";

/** The storage of files by name: the catalog, the contents, and the committer for both. */
export interface NamedStorage {
  readonly catalog: Catalog;
  readonly store: Store;
  readonly committer: Committer;
}

/** The storage of trees of files, with the accounts that they belong to. */
export interface TreeStorage {
  readonly accounts: Accounts;
  readonly tree: Tree;
  readonly contents: Contents;
  readonly uploads: Uploads;
}

/** The storage of a server. */
export interface Storage extends NamedStorage, TreeStorage {}
