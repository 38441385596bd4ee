import assert from "node:assert/strict";

import type { Clock } from "../../shared/clock.ts";
import type { Catalog, FileVersion } from "../../server/storage/versions/catalog.ts";
import { locationOf } from "../../server/storage/names/location.ts";
import { StorageError, type StorageReason } from "../../server/storage/storage_error.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** A client that is registered in every catalog under test. */
export const ALICE = clientIdOf(new Uint8Array(16).fill(0xa1));
/** A client that is not registered at first. */
export const BOB = clientIdOf(new Uint8Array(16).fill(0xb0));

/** The staged name number `n`. */
export const staged = (n: number): string => `${n.toString(16).padStart(32, "0")}.part`;

/** A version of Alice's `a.txt`, but for what `changes` says. */
export function version(changes: Partial<FileVersion> = {}): FileVersion {
  const { clientId = ALICE, fileName = "a.txt", size = 5, checksum = 17 } = changes;
  const { location = locationOf(clientId, fileName), verified = true } = changes;
  return { clientId, fileName, location, size, checksum, verified };
}

/** Fails unless `promise` rejects with a `StorageError` of this reason. */
export function failsWith(promise: Promise<unknown>, reason: StorageReason): Promise<void> {
  return assert.rejects(
    promise,
    (error) => error instanceof StorageError && error.reason === reason,
  );
}

/** The clock of a catalog: as far ahead of the system's as a test wants it, in milliseconds. */
export interface TestClock {
  ahead: number;
}

/**
 * Opens an empty catalog with this clock. Adds to `resources` what has to be removed after it
 * is closed.
 */
export type OpenCatalog<T extends Catalog> = (
  resources: AsyncDisposableStack,
  clock: Clock,
) => Promise<T>;

/** Registers a test of a catalog with the client Alice. */
export type TestCatalog<T extends Catalog> = (
  sentence: string,
  work: (catalog: T, clock: TestClock) => Promise<void>,
) => void;

/** The tests of catalogs of this name are registered by what it returns. */
export function testsOf<T extends Catalog>(name: string, open: OpenCatalog<T>): TestCatalog<T> {
  return (sentence, work) => {
    Deno.test(`${name} ${sentence}`, async () => {
      await using resources = new AsyncDisposableStack();
      const clock = { ahead: 0 };
      const date = () => new Date(Date.now() + clock.ahead);
      const catalog = resources.use(await open(resources, { ...SYSTEM_CLOCK, date }));
      await catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
      await work(catalog, clock);
    });
  };
}
