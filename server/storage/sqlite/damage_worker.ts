/** The thread of `refuseDamageBeside()`: says what is wrong with a database, or undefined. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

import { quickCheck } from "./damage.ts";

let finding: string | undefined;
try {
  const database = new DatabaseSync(String(workerData), { readOnly: true });
  finding = quickCheck(database);
  database.close();
} catch (error) {
  // Some damage keeps SQLite from reading at all.
  finding = error instanceof Error ? error.message : String(error);
}
parentPort?.postMessage(finding);
