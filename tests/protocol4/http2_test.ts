import { testResets } from "./test_resets.ts";

// 10,000 of them in tests/long/.
testResets(3_000);
