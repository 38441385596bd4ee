import { NO_ADDRESSES } from "../../rogue/many_addresses.ts";
import { assertOpenBesideReaders } from "../../web/slow_readers.ts";

Deno.test({
  name: "A web server that 256 slow readers fill is open to others" +
    (NO_ADDRESSES === undefined ? "" : ` (ignored: ${NO_ADDRESSES})`),
  ignore: NO_ADDRESSES !== undefined,
  fn: () => assertOpenBesideReaders({ connections: 256, addresses: 40, each: 8 }),
});
