/** A quota by itself, with a catalog in which files can be recorded. */

import { strictEqual } from "node:assert/strict";
import { DEFAULT_LIMITS, type Limits } from "../../server/settings/limit_settings.ts";
import {
  Quota,
  type QuotaReason,
  type Reservation,
  type Wanted,
} from "../../server/files/quota.ts";
import type { Catalog, FileVersion } from "../../server/storage/versions/catalog.ts";
import { MemoryStore } from "../storage/memory_store.ts";
import { locationOf } from "../../server/storage/names/location.ts";
import type { Store } from "../../server/storage/versions/store.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";
import { memoryCatalog } from "./memory_catalog.ts";

/** A client of every `openQuota()`. */
export const ALICE = clientIdOf(new Uint8Array(16).fill(0xa1));
/** Another one. */
export const BOB = clientIdOf(new Uint8Array(16).fill(0xb0));

/** A quota with what it looks at; to be disposed of. */
export interface OpenQuota extends AsyncDisposable {
  readonly quota: Quota;
  readonly catalog: Catalog;
  readonly limits: Limits;
  /** Has a file recorded, as a commit does. */
  record(file: Pick<FileVersion, "clientId" | "fileName" | "size">): Promise<void>;
}

/**
 * A quota over an empty catalog that knows Alice and Bob. The catalog answers after `turns`, one
 * after another, so that what is asked at once does not end in the order in which it began.
 */
export async function openQuota(
  changed: Partial<Limits>,
  { store = new MemoryStore(), turns = [0], ...holding }: {
    readonly store?: Store;
    readonly turns?: readonly number[];
    readonly ahead?: number;
  } = {},
): Promise<OpenQuota> {
  const memory = await memoryCatalog();
  const catalog = inTurns(memory.catalog, turns);
  await catalog.register({ id: ALICE, name: "Alice", revision: "2024a" });
  await catalog.register({ id: BOB, name: "Bob", revision: "2024a" });
  const limits = { ...DEFAULT_LIMITS, ...changed };
  const quota = new Quota({ limits, catalog, store, ...holding });
  return {
    catalog,
    limits,
    quota,
    record: (file) => recordIn(catalog, file),
    [Symbol.asyncDispose]: () => memory[Symbol.asyncDispose](),
  };
}

async function recordIn(
  catalog: Catalog,
  file: Pick<FileVersion, "clientId" | "fileName" | "size">,
): Promise<void> {
  const version = { ...file, location: locationOf(file.clientId, file.fileName) };
  await catalog.record({ ...version, checksum: 0, verified: true });
}

/** Reserves room that there has to be. */
export async function hold(quota: Quota, wanted: Wanted): Promise<Reservation> {
  const room = await quota.reserve(wanted);
  if (typeof room === "string") throw new Error(`There is no room: ${room}`);
  return room;
}

/**
 * Asserts that there is room for `size` bytes of a client's file, and for one more not, and why.
 */
export async function assertRoom(
  quota: Quota,
  { clientId, size, reason }: Wanted & { readonly reason: QuotaReason },
): Promise<void> {
  strictEqual(await quota.reserve({ clientId, size: size + 1 }), reason);
  using _room = await hold(quota, { clientId, size });
}

/** A catalog whose answers take so many turns of the event loop's smallest kind. */
function inTurns(catalog: Catalog, turns: readonly number[]): Catalog {
  let asked = 0;
  const wait = async () => {
    const turnsNow = turns[asked++ % turns.length] ?? 0;
    for (let turn = 0; turn < turnsNow; turn++) await Promise.resolve();
  };
  return new Proxy(catalog, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return async (...values: unknown[]) => {
        await wait();
        const answer = await value.apply(target, values);
        await wait();
        return answer;
      };
    },
  });
}
