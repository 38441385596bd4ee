import type { Catalog } from "./catalog.ts";
import type { Committer } from "./committer.ts";
import type { Store } from "./store.ts";

/** The storage of a server: the catalog, the contents, and the committer for both. */
export interface Storage {
  readonly catalog: Catalog;
  readonly store: Store;
  readonly committer: Committer;
}
