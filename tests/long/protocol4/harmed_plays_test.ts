import { testHarmedPlays } from "../../resume/test_harmed_plays.ts";

testHarmedPlays({ answers: 1, bytes: 90_000, short: 1_400, ends: 4 });
