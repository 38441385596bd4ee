import { testServerPairs } from "../../field/test_server_pairs.ts";

testServerPairs({ oneIn: 1 });
