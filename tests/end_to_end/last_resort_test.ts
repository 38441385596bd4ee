import { testLastResort, testReference } from "./test_last_resort.ts";

// More places in tests/long/.
testLastResort([
  ["client", "a promise that nothing waits for"],
  // It has the same last resort.
  ["server", "a promise that nothing waits for"],
]);
testReference("client");
