import { testCutBodies } from "../../protocol4/test_cut_bodies.ts";

testCutBodies(1_000);
