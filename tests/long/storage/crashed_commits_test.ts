import { testCrashedCommits } from "../../../server/storage/testing/crashed_commits.ts";

testCrashedCommits([undefined, "old", "an older version"]);
