/**
 * The worker of `LockedFile`: opens the file that the first message names, and then syncs it or
 * copies the log of the database into it.
 */
import type { Checkpointed, Outcome, Task } from "./locked_file.ts";

/** What a worker has of the global scope. */
interface WorkerScope {
  onmessage: (event: MessageEvent<Task>) => void;
  readonly postMessage: (outcome: Outcome) => void;
}

const scope = self as unknown as WorkerScope;
const files: Deno.FsFile[] = [];
scope.onmessage = async ({ data: task }) => scope.postMessage(await done(task));

async function done({ kind, path }: Task): Promise<Outcome> {
  try {
    if (kind === "open") files.push(Deno.openSync(path, { read: true, write: true }));
    else if (kind === "sync") { for (const file of files) file.syncDataSync(); }
    else return { copied: await copyLog(path) };
    return {};
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Error && "code" in error ? `${error.code}` : undefined;
    return { failed: { message, code } };
  }
}

/** By a connection of its own, only when it is needed: it takes memory, and long logs are rare. */
async function copyLog(path: string): Promise<Checkpointed> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path);
  try {
    database.exec("PRAGMA synchronous = OFF");
    const { busy, log, checkpointed } = database.prepare("PRAGMA wal_checkpoint(PASSIVE)").get() ??
      {};
    return { busy: Number(busy), log: Number(log), checkpointed: Number(checkpointed) };
  } finally {
    database.close();
  }
}
