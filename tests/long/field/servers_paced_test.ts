import { testPacedServers } from "../../field/test_paced_servers.ts";

testPacedServers([
  { revision: "2024c", mostContent: 8192, record: "--packet-size 7902\n--packet-delay 5ms\n" },
  { revision: "2024c", mostContent: 1024, record: "--packet-size 1024\n--packet-delay 2ms\n" },
]);
