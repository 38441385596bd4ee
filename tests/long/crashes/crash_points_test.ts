import { testCrashPoints } from "../../crashes/test_crash_points.ts";

testCrashPoints({ when: "before", oneIn: 1 });
