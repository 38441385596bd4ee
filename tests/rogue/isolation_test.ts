import { testIsolation } from "./test_isolation.ts";

// More in tests/long/.
testIsolation({ runs: 25 });
