import { NO_ADDRESSES } from "../../rogue/many_addresses.ts";
import { assertOpenBesideReaders } from "../../web/slow_readers.ts";

for (
  const { connections, addresses, each } of [
    { connections: 48, addresses: 16, each: 4 },
    { connections: 256, addresses: 40, each: 8 },
  ]
) {
  Deno.test({
    name: `A web server that ${connections} slow readers fill is open to others` +
      (NO_ADDRESSES === undefined ? "" : ` (ignored: ${NO_ADDRESSES})`),
    ignore: NO_ADDRESSES !== undefined,
    fn: () => assertOpenBesideReaders({ connections, addresses, each }),
  });
}
