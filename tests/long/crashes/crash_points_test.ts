import { testCrashPoints } from "../../crashes/test_crash_points.ts";

testCrashPoints({ when: "after", oneIn: 1 });
testCrashPoints({ when: "before", oneIn: 1 });
