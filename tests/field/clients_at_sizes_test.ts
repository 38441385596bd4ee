import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { testClientSizes } from "./test_client_sizes.ts";

testClientSizes(CLIENTS_IN_THE_FIELD.filter(({ secondRound }) => secondRound));
