/**
 * The worker of `LockedFile`: opens the file that the first message names, and syncs it at each
 * other one.
 */
import type { Outcome } from "./locked_file.ts";

/** What a worker has of the global scope. */
interface WorkerScope {
  onmessage: (event: MessageEvent<string | null>) => void;
  readonly postMessage: (outcome: Outcome) => void;
}

const scope = self as unknown as WorkerScope;
const files: Deno.FsFile[] = [];
scope.onmessage = ({ data: path }) => {
  let outcome: Outcome = null;
  try {
    if (path !== null) files.push(Deno.openSync(path, { read: true, write: true }));
    else for (const file of files) file.syncDataSync();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    outcome = {
      message,
      code: error instanceof Error && "code" in error ? `${error.code}` : undefined,
    };
  }
  scope.postMessage(outcome);
};
