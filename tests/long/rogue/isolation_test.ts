import { testIsolation } from "../../rogue/test_isolation.ts";

testIsolation({ runs: 300 });
