import { testCrashPoints } from "./test_crash_points.ts";

testCrashPoints({ when: "after", oneIn: 1 });
// Before a call the disk is mostly as after the one before: all of them are in tests/long/.
testCrashPoints({ when: "before", oneIn: 4 });
