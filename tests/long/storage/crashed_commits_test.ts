import { testCrashedCommits } from "../../storage/crashed_commits.ts";

testCrashedCommits([undefined, "old", "an older version"]);
