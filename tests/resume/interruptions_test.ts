import { testInterruptions } from "./test_interruptions.ts";

// A few moments; more in tests/long/, and as many as one likes by `deno task interruptions`.
testInterruptions({
  ...{ kills: 2, mebibytes: 20, files: 200, each: 2 },
  trials: [["upload", "client"], ["folder", "server"]],
});
