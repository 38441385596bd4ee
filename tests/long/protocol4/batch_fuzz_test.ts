import { testMutatedBatches } from "../../protocol4/test_mutated_batches.ts";

testMutatedBatches(2_000);
