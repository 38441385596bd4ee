/** The worker of `refuseDamageBeside()`: posts the fault of a database, or undefined. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

import { quickCheck } from "./damage.ts";
import { messageOf } from "../../../shared/text/message_of.ts";

parentPort?.postMessage(finding(String(workerData)));

function finding(path: string): string | undefined {
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    const found = quickCheck(database);
    database.close();
    return found;
  } catch (error) {
    // With some damage, SQLite cannot read at all.
    return messageOf(error);
  }
}
