import type { Limits } from "../limits/limits.ts";
import type { Quota } from "../limits/quota.ts";
import type { Counters } from "../observe/counters.ts";
import type { Storage } from "../storage/storage.ts";
import type { UploadsUnderWay } from "../upload/uploads_under_way.ts";

/** What all conversations of a server share. */
export interface Services extends Storage {
  readonly uploads: UploadsUnderWay;
  readonly counters: Counters;
  readonly limits: Limits;
  readonly quota: Quota;
}
