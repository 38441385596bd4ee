import type { DatabaseSync } from "node:sqlite";

import { StorageError } from "../../storage_error.ts";

/**
 * Maximum bytes of a database that is checked before the server starts: about a third of a second.
 */
const CHECKED_AT_ONCE = 64 * 1024 ** 2;

/** Whether checking a database would take too long for a start. */
export function isLarge(database: DatabaseSync): boolean {
  const number = (pragma: string) => Number(database.prepare(`PRAGMA ${pragma}`).get()?.[pragma]);
  return number("page_count") * number("page_size") > CHECKED_AT_ONCE;
}

/** Throws a `StorageError`, `database-corrupt`, if a database is damaged. */
export function refuseDamage(database: DatabaseSync, path: string): void {
  const finding = quickCheck(database);
  if (finding !== undefined) throw damaged(path, finding);
}

/** Returns the first fault that SQLite finds in a database, or undefined. */
export function quickCheck(database: DatabaseSync): string | undefined {
  const finding = database.prepare("PRAGMA quick_check(1)").get()?.["quick_check"];
  return finding === "ok" ? undefined : String(finding);
}

/**
 * As `refuseDamage()`, in a worker with its own connection, while the database is in use. Resolves
 * early when `stopping` is aborted.
 */
export async function refuseDamageInWorker(path: string, stopping: AbortSignal): Promise<void> {
  if (stopping.aborted) return;
  const url = new URL("./damage_worker.ts", import.meta.url);
  // Not one of node:worker_threads, which takes 9 MB more.
  const worker = new Worker(url, { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<string | null>();
  worker.addEventListener("message", ({ data }: MessageEvent<string | null>) => resolve(data));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    reject(new Error(event.message));
  });
  worker.postMessage(path);
  const stop = () => resolve(null);
  stopping.addEventListener("abort", stop);
  try {
    const finding = await promise;
    if (finding !== null) throw damaged(path, finding);
  } finally {
    stopping.removeEventListener("abort", stop);
    worker.terminate();
  }
}

function damaged(path: string, finding: string): StorageError {
  return new StorageError(
    "database-corrupt",
    `The database ${JSON.stringify(path)} is damaged (${finding}): restore it from a copy, or ` +
      "repair it with sqlite3 .recover",
  );
}
