import { testHarmedPlays } from "./test_harmed_plays.ts";

// Closer in tests/long/.
testHarmedPlays({ answers: 48, bytes: 1_800_000 });
