import { testServerPairs } from "./test_server_pairs.ts";

testServerPairs({ oneIn: 48 });
