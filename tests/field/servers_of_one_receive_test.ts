import { testOneReceive, testTooLarge } from "./test_one_receive.ts";

// More servers, and one that is slow, in tests/long/.
testOneReceive([{ revision: "2022c" }]);

testTooLarge([
  { revision: "2022c", habits: { foreignCode: "2101" } },
  { revision: "2022c", habits: { foreignCode: "silent" } },
  { revision: "2022c" },
  { revision: "2023a" },
  { revision: "2023c" },
]);
