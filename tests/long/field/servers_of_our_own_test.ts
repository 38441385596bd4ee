import { testHabitsTogether } from "../../field/test_own_server.ts";

testHabitsTogether({ oneIn: 1 });
