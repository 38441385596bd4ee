import { testClientPairs } from "../../field/test_client_pairs.ts";

testClientPairs({ oneIn: 1 });
