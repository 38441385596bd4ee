/**
 * The worker of `refuseDamageInWorker()`: answers a path with the fault of the database there, or
 * null.
 */
import { DatabaseSync } from "node:sqlite";

import { quickCheck } from "./damage.ts";
import { messageOf } from "../../../../shared/text/quoted.ts";

/** What a worker has of the global scope. */
interface WorkerScope {
  onmessage: (event: MessageEvent<string>) => void;
  readonly postMessage: (finding: string | null) => void;
}

const scope = self as unknown as WorkerScope;
scope.onmessage = ({ data: path }) => scope.postMessage(finding(path));

function finding(path: string): string | null {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    const found = quickCheck(database);
    database.close();
    return found ?? null;
  } catch (error) {
    // With some damage, SQLite cannot read at all.
    return messageOf(error);
  }
}
