import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { SOME_SIZES, testClientSizes } from "./test_client_sizes.ts";

testClientSizes(CLIENTS_IN_THE_FIELD.filter(({ secondRound }) => secondRound), {
  sizes: SOME_SIZES,
});
