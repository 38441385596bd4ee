import type { Catalog } from "./catalog.ts";
import type { WriteBack } from "./commit/write_back.ts";
import type { Store } from "./store.ts";

/** Where versions are kept: what they are, and their contents. */
export interface Storage {
  readonly catalog: Catalog;
  readonly store: Store;
  /** Syncs contents that the catalog keeps so long. Without it, it keeps none. */
  readonly writeBack?: Pick<WriteBack, "add" | "room"> | undefined;
}
