import { testTricks } from "./test_tricks.ts";

testTricks("few");
