import { testHarmedPlays } from "./test_harmed_plays.ts";

// Closer in tests/long/.
testHarmedPlays({ answers: 24, bytes: 900_000 });
