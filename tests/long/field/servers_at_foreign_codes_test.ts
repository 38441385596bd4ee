import { testForeignPairs } from "../../field/test_server_pairs.ts";

testForeignPairs([
  ["2022c", "silent"],
  ["2022c", "2101"],
  ["2023a", "silent"],
  ["2023c", "silent"],
  ["2024a", "silent"],
  ["2024c", "silent"],
  ["2024c", "dies"],
], { oneIn: 1 });
