import { CLIENTS_IN_THE_FIELD } from "../../field/client_rows.ts";
import { ALL_SIZES, testClientSizes } from "../../field/test_client_sizes.ts";

// A total that is one too high takes a content that is an exact multiple, as none of the sizes gives.
testClientSizes(CLIENTS_IN_THE_FIELD.filter(({ habits }) => !habits.totalTooHigh), {
  sizes: ALL_SIZES,
});
