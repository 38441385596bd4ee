import { strictEqual } from "node:assert/strict";

import { StorageError, type StorageReason } from "../../storage/storage_error.ts";
import { problemFor } from "./answers.ts";

Deno.test("what a server may keep when it is sent again is no failure of the server", () => {
  const passing: readonly StorageReason[] = [
    ...["database-unreachable", "database-busy", "outcome-unknown", "contents-gone"] as const,
    ...["store-unreachable", "store-timed-out", "store-busy"] as const,
  ];
  for (const reason of passing) {
    strictEqual(problemFor(new StorageError(reason, "")).reason, "server-busy", reason);
  }
});
