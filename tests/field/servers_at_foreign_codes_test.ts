import { testDyingServers } from "./test_dying_servers.ts";
import { testForeignPairs } from "./test_server_pairs.ts";

testForeignPairs([["2022c", "2101"], ["2024a", "silent"]], { oneIn: 12 });
testDyingServers(["2022c", "2024a"], { oneIn: 16 });
