import { testMutatedBatches } from "./test_mutated_batches.ts";

testMutatedBatches(30);
