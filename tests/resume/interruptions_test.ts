import { rejects } from "node:assert/strict";
import { interruptions } from "./interruptions.ts";
import { testInterruptions } from "./test_interruptions.ts";

// One moment of each; more in tests/long/, and as many as one likes by `deno task interruptions`.
testInterruptions({
  ...{ kills: 1, mebibytes: 12, files: 200, each: 2 },
  trials: [["upload", "client"], ["folder", "server"]],
});

Deno.test("Interruptions end with an error when no transfer lasts until its moment", async () => {
  await rejects(
    interruptions({
      ...{ what: "folder", ended: "client", kills: 1, size: 10, files: 1, seed: 1 },
      moment: () => Infinity,
    }),
    /had no kill: each ended before its first moment/,
  );
});
