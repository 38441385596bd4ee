import { testHarmedPlays } from "./test_harmed_plays.ts";

// Closer in tests/long/.
testHarmedPlays({ answers: 12, bytes: 900_000 });
