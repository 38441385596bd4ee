import { testForeignCodes, testKnownServers } from "../../field/test_known_servers.ts";

testKnownServers({ oneIn: 1 });
testForeignCodes([
  ["silent", "2023a", 3],
  ["silent", "2023c", 2],
  ["silent", "2024a", 2],
  ["silent", "2024c", 1],
  ["2101", "2022c", 3],
  ["silent", "2022c", 4],
  ["dies", "2024c", 1],
]);
