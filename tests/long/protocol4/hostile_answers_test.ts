import { testTricks } from "../../protocol4/hostile/test_tricks.ts";

testTricks("all");
