import { testAllShortages, testShortages } from "./test_shortages.ts";

// Full disks and descriptors have tests of their own; each shortage by itself is in tests/long/.
testShortages((name) => name === "room for the database");
testAllShortages();
