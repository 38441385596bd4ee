import type { Limits } from "../settings/limit_settings.ts";
import type { Quota } from "./quota.ts";
import type { Counters } from "../observe/counters.ts";
import type { Storage } from "../storage/storage.ts";
import type { UploadsUnderWay } from "../protocol3/parked_uploads.ts";

/** What all conversations of a server share. */
export interface Services extends Storage {
  readonly uploads: UploadsUnderWay;
  readonly counters: Counters;
  readonly limits: Limits;
  readonly quota: Quota;
}
