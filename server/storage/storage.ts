import type { Catalog } from "./catalog.ts";
import type { Committer } from "./committer.ts";
import type { Store } from "./store.ts";

/** Where versions are kept: what they are, their contents, and the way in which they get there. */
export interface Storage {
  readonly catalog: Catalog;
  readonly store: Store;
  readonly committer: Committer;
}
