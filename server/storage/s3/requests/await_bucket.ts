import { type Clock, pause } from "../../../../shared/clock.ts";
import type { Awaited } from "../../access/awaited.ts";
import { StorageError, type StorageReason } from "../../storage_error.ts";
import { TRY_TIME } from "./s3_client.ts";
import type { S3Objects } from "./s3_objects.ts";

/** Milliseconds between two attempts: the first of them, and the longest. */
const PAUSES = { first: 250, longest: 2_000 } as const;

/** What a store says that is not up yet, or the proxy in front of it. */
const MAY_COME: readonly StorageReason[] = [
  "store-unreachable",
  "store-timed-out",
  "store-busy",
  "store-failed",
];

/**
 * Makes sure that the bucket is there. A store that does not answer is tried again, if it is
 * `awaited`, for as long as two tries of a request may take: as after a start of the whole machine.
 */
export async function awaitBucket(
  objects: Pick<S3Objects, "expectBucket">,
  { clock, awaited, tryTime = TRY_TIME }: {
    readonly clock: Clock;
    readonly awaited?: Awaited | undefined;
    readonly tryTime?: number;
  },
): Promise<void> {
  const retryTime = 2 * tryTime;
  const limit = clock.now() + retryTime;
  for (let wait: number = PAUSES.first;; wait = Math.min(2 * wait, PAUSES.longest)) {
    try {
      return await objects.expectBucket();
    } catch (error) {
      const mayCome = error instanceof StorageError && MAY_COME.includes(error.reason);
      if (!mayCome || awaited === undefined) throw error;
      if (awaited.stopping.aborted || clock.now() + wait > limit) throw error;
      if (wait === PAUSES.first) awaited.onAwaited(error, retryTime);
    }
    await pause(clock, wait, { signal: awaited.stopping });
  }
}
