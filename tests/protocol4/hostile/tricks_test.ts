import { testTricks } from "./test_tricks.ts";

testTricks(1);
