import { testClientPairs } from "./test_client_pairs.ts";

testClientPairs({ oneIn: 24 });
