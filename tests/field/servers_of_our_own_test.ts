import { testHabitsTogether, testSingleHabits } from "./test_own_server.ts";

testSingleHabits();
// All sets are in tests/long/.
testHabitsTogether({ oneIn: 4 });
