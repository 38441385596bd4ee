import { NAMED } from "../../field/client_combinations.ts";
import { ALL_SIZES } from "../../field/official_exchanges.ts";
import { testClientSizes } from "../../field/test_client_sizes.ts";

testClientSizes(NAMED, { sizes: ALL_SIZES });
