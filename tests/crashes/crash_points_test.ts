import { testCrashPoints } from "./test_crash_points.ts";

// All of them, and those before a call, are in tests/long/.
testCrashPoints({ when: "after", oneIn: 8 });
