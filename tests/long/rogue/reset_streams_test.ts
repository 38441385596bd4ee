import { testResets } from "../../protocol4/test_resets.ts";

testResets(10_000);
