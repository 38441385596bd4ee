import { ok, strictEqual } from "node:assert/strict";
import { Acquaintance } from "./acquaintance.ts";
import { FieldServer } from "./field_server.ts";
import { SERVERS_IN_THE_FIELD } from "./server_rows.ts";
import { allOf, lastOf } from "./server_play.ts";

/** Declares a test of servers that the program knows: one row of the table in so many. */
export function testKnownServers({ oneIn }: { readonly oneIn: number }): void {
  Deno.test("The program need not be told twice what a server counts on", async () => {
    await allOf(
      SERVERS_IN_THE_FIELD.filter((_, at) => at % oneIn === 0).map(async (row) => {
        const { habits, quirks, packetSize, seen } = row;
        const revision = lastOf(row);
        await using known = await Acquaintance.with(new FieldServer({ revision, habits }));
        const flags = [
          ...quirks ? [`--compat=${quirks.join(",")}`] : [],
          ...packetSize ? [`--packet-size=${packetSize}`] : [],
        ];
        strictEqual((await known.send("first.bin", flags)).code, 0, seen);
        const { isStored, stderr, heard } = await known.send("second.bin");
        ok(isStored, `${seen}: ${stderr}`);
        strictEqual(heard[0]?.[0], "reconnect", seen);
      }),
    );
  });
}
