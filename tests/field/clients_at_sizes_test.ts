import { NAMED } from "./client_combinations.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { SOME_SIZES, testClientSizes } from "./test_client_sizes.ts";

testClientSizes(CLIENTS_IN_THE_FIELD.filter(({ secondRound }) => secondRound), {
  sizes: SOME_SIZES,
});

// Every eighth of those that are named together; the long tests have them all.
testClientSizes(NAMED.filter((_, index) => index % 8 === 0), { sizes: SOME_SIZES });
