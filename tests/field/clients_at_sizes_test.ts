import { NAMED } from "./client_combinations.ts";
import { CLIENTS_IN_THE_FIELD } from "./client_rows.ts";
import { SOME_SIZES, testClientSizes } from "./test_client_sizes.ts";

// Of the rest those whose bytes are worked on when their connection has ended.
const SOME_CLIENTS = CLIENTS_IN_THE_FIELD.filter(({ secondRound, habits }) =>
  secondRound || habits.connectionFor === "each packet"
);
testClientSizes(SOME_CLIENTS, { sizes: SOME_SIZES });

// Every 16th of those that are named together; the long tests have them all.
testClientSizes(NAMED.filter((_, index) => index % 16 === 0), { sizes: SOME_SIZES });
