import { testHabitsTogether, testSingleHabits } from "./test_own_server.ts";

// More revisions, and all sets, are in tests/long/.
testSingleHabits(["2022c", "2024c"]);
testHabitsTogether({ oneIn: 8 });
