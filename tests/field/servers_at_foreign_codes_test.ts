import { testForeignPairs } from "./test_server_pairs.ts";

testForeignPairs([["2022c", "2101"], ["2024a", "silent"]], { oneIn: 6 });
