import { testOneReceive, testTooLarge } from "./test_one_receive.ts";

testOneReceive([
  { revision: "2022c" },
  {
    revision: "2024c",
    habits: { slow: 150 },
    record: "--packet-size 2048\n--packet-delay 200ms\n",
  },
]);

testTooLarge([
  { revision: "2022c", habits: { foreignCode: "2101" } },
  { revision: "2022c", habits: { foreignCode: "silent" } },
  { revision: "2022c" },
  { revision: "2023a" },
  { revision: "2023c" },
]);
