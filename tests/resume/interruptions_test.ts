import { testInterruptions } from "./test_interruptions.ts";

// One moment; more of each kind in tests/long/, and as many as one likes by
// `deno task interruptions`. With two kills of a transfer on average nearly each has one: else half
// of them are for nothing.
testInterruptions({
  ...{ kills: 1, mebibytes: 12, files: 200, each: 2 },
  trials: [["upload", "client"]],
});
