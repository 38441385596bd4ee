import assert from "node:assert/strict";

import { TestClock } from "../../../../tests/peers/test_clock.ts";
import { StorageError, type StorageReason } from "../../storage_error.ts";
import { failsWith } from "../../../../tests/storage/trees_under_test.ts";
import { awaitBucket } from "./await_bucket.ts";

/** A bucket that answers so, in turn, and is there from then on. */
class Bucket {
  readonly stopping = new AbortController();
  readonly told: string[] = [];
  readonly #answers: StorageReason[];

  constructor(...answers: StorageReason[]) {
    this.#answers = answers;
  }

  expectBucket(): Promise<void> {
    const reason = this.#answers.shift();
    if (reason === undefined) return Promise.resolve();
    return Promise.reject(new StorageError(reason, "It is away"));
  }

  get left(): number {
    return this.#answers.length;
  }

  awaited(clock = new TestClock({ skips: () => true })): Promise<void> {
    const onAwaited = ({ reason }: StorageError, milliseconds: number) => {
      this.told.push(`${reason} ${milliseconds}`);
    };
    const awaited = { onAwaited, stopping: this.stopping.signal };
    return awaitBucket(this, { clock, tryTime: 5_000, awaited });
  }
}

Deno.test("A store that does not answer is tried again, and told of once", async () => {
  const bucket = new Bucket("store-unreachable", "store-failed", "store-timed-out", "store-busy");
  await bucket.awaited();
  assert.deepEqual([bucket.told, bucket.left], [["store-unreachable 10000"], 0]);
});

Deno.test("A store that does not come, or will not have it, is given up", async () => {
  const away = new Bucket(...Array<StorageReason>(20).fill("store-unreachable"));
  await failsWith(away.awaited(), "store-unreachable");
  assert(away.left > 5 && away.left < 15, `${away.left}`);
  const denied = new Bucket("store-unreachable", "store-denied", "store-busy");
  await failsWith(denied.awaited(), "store-denied");
  assert.equal(denied.left, 1);
  const notAwaited = new Bucket("store-unreachable");
  const clock = new TestClock();
  await failsWith(awaitBucket(notAwaited, { clock, awaited: undefined }), "store-unreachable");
});

Deno.test("A server that waits for its store stops when it is asked to", async () => {
  const bucket = new Bucket("store-unreachable", "store-unreachable", "store-busy");
  const clock = new TestClock();
  const waiting = bucket.awaited(clock);
  const failing = failsWith(waiting, "store-unreachable");
  await clock.waitedFor(250);
  bucket.stopping.abort();
  await failing;
  assert.equal(bucket.left, 1);
});
