import { testLinesOfRefusals } from "../rogue/test_lines_of_refusals.ts";

// Five times as many in tests/long/rogue/.
testLinesOfRefusals(1_000);
