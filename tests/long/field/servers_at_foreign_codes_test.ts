import { testDyingServers } from "../../field/test_dying_servers.ts";
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

testDyingServers(["2022c", "2023a", "2023c", "2024a"], { oneIn: 1 });
