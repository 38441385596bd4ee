import { testTreeCrashPoints } from "./test_tree_crash_points.ts";

// After each of them in tests/long/.
testTreeCrashPoints({ oneIn: 8 });
