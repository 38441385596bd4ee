import { testNearMisses } from "../../field/test_near_misses.ts";

testNearMisses({ pieces: "bytes" });
