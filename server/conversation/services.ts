import type { Limits } from "../limits/limits.ts";
import type { Quota } from "../limits/quota.ts";
import type { Counters } from "../observe/counters.ts";
import type { Catalog } from "../storage/catalog.ts";
import type { Store } from "../storage/store.ts";
import type { UploadsUnderWay } from "../upload/uploads_under_way.ts";

/** What all conversations of a server share. */
export interface Services {
  readonly catalog: Catalog;
  readonly store: Store;
  readonly uploads: UploadsUnderWay;
  readonly counters: Counters;
  readonly limits: Limits;
  readonly quota: Quota;
}
