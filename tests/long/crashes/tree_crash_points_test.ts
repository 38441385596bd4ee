import { testTreeCrashPoints } from "../../crashes/test_tree_crash_points.ts";

testTreeCrashPoints({ oneIn: 1 });
