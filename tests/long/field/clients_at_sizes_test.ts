import { CLIENTS_IN_THE_FIELD } from "../../field/client_rows.ts";
import { ALL_SIZES } from "../../field/official_exchanges.ts";
import { testClientSizes } from "../../field/test_client_sizes.ts";

// A total that is one too high takes content of an exact multiple, which none of the sizes gives.
testClientSizes(CLIENTS_IN_THE_FIELD.filter(({ habits }) => !habits.totalTooHigh), {
  sizes: ALL_SIZES,
});
