import { crowdOf } from "../../rogue/against_server/connections.ts";
import { Arena } from "../../rogue/arena.ts";
import { NO_ADDRESSES } from "../../rogue/many_addresses.ts";

Deno.test({
  name: "A crowd of 2,000 addresses at a server with 1,024 places keeps nobody out" +
    (NO_ADDRESSES === undefined ? "" : ` (ignored: ${NO_ADDRESSES})`),
  ignore: NO_ADDRESSES !== undefined,
  fn: () => Arena.hold(crowdOf({ addresses: 2_000 })),
});
