import { testClientFragments } from "../../field/test_client_fragments.ts";

testClientFragments({ revisions: "all", runs: 3 });
