import { testCutBodies } from "./test_cut_bodies.ts";

testCutBodies(100);
