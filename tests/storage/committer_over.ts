import { cksumOf } from "../../shared/cksum/cksum.ts";
import {
  LocalCommitter,
  type LocalCommitterOptions,
} from "../../server/storage/commit/local_committer.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";

/** Returns a committer for a test, which syncs every version when it commits it. */
export function committerOver(
  { catalog, store }: Pick<LocalCommitterOptions, "catalog" | "store">,
): LocalCommitter {
  return new LocalCommitter({ catalog, store, checksum: cksumOf, clock: SYSTEM_CLOCK });
}
