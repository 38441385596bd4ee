import { testOneReceive } from "../../field/test_one_receive.ts";

testOneReceive([
  {
    revision: "2024c",
    habits: { slow: 150 },
    record: "--packet-size 2048\n--packet-delay 200ms\n",
  },
  { revision: "2023a" },
  { revision: "2023c" },
  { revision: "2024a" },
  { revision: "2022c", habits: { foreignCode: "silent" } },
  { revision: "2022c", habits: { foreignCode: "2101" } },
  { revision: "2023a", habits: { foreignCode: "silent" } },
  { revision: "2024a", habits: { foreignCode: "silent" } },
  { revision: "2024c", habits: { foreignCode: "dies" } },
  { revision: "2024a", habits: { mostContent: 8192 } },
  { revision: "2024a", habits: { mostContent: 1024 } },
  { revision: "2024c", habits: { mostContent: 8192, foreignCode: "dies" } },
  { revision: "2024a", habits: { mostContent: 2048, foreignCode: "silent" } },
  { revision: "2024c" },
  { revision: "2024c", habits: { mostContent: 1024, foreignCode: "silent" } },
  { revision: "2024a", habits: { slow: 150, foreignCode: "silent" } },
  {
    revision: "2024c",
    habits: { slow: 150, mostContent: 2048 },
    record: "--packet-size 2048\n--packet-delay 200ms\n",
  },
]);
