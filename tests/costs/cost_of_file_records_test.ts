import { ok } from "node:assert/strict";
import { locationOf } from "../../server/storage/names/location.ts";
import { SqliteCatalog } from "../../server/storage/sqlite/sqlite_catalog.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";
import { timesAsLong } from "./times_as_long.ts";

/** Files of a client that has many. */
const MANY = 2_000;

/** How many times as long it may take; over 15 if all files of the client are read. */
const MOST = 5;

Deno.test("A file is looked up in the same time however many its client has", async () => {
  await using catalog = await SqliteCatalog.open({ path: ":memory:", clock: SYSTEM_CLOCK });
  const [one, other] = [1, 2].map((byte) => clientIdOf(new Uint8Array(16).fill(byte)));
  ok(one !== undefined && other !== undefined);
  for (const [clientId, files] of [[one, MANY], [other, 1]] as const) {
    await catalog.register({ id: clientId, name: `${files} files`, revision: "2024a" });
    const names = Array.from({ length: files }, (_, number) => `${number}.txt`);
    await Promise.all(names.map((fileName) => {
      const location = locationOf(clientId, fileName);
      return catalog.record({
        ...{ clientId, fileName, location },
        ...{ size: 1, checksum: 2, verified: true },
      });
    }));
  }
  for (const fileName of ["0.txt", "0.TXT", "new.txt"]) {
    const ratio = timesAsLong(
      () => catalog.file(one, fileName),
      () => catalog.file(other, fileName),
      { most: MOST },
    );
    ok(ratio <= MOST, `${fileName}: ${ratio.toFixed(1)} times as long`);
  }
});
