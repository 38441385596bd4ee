import { testHabitsTogether, testSingleHabits } from "../../field/test_own_server.ts";

testSingleHabits(["2022c", "2024a", "2024c"]);
testHabitsTogether({ oneIn: 1 });
