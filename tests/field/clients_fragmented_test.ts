import { testClientFragments } from "./test_client_fragments.ts";

// In one piece they are served in clients_in_the_field_test.ts; in every revision, in tests/long/.
testClientFragments({ revisions: "two", runs: 1 });
