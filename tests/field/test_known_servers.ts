import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { Acquaintance } from "./acquaintance.ts";
import { FieldServer } from "./field_server.ts";
import type { ServerHabits } from "./server_habits.ts";
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

/** What a server does at unknown codes, its revision, and the connections that find it. */
type ForeignCodes = readonly [
  foreignCode: NonNullable<ServerHabits["foreignCode"]>,
  revision: RevisionName,
  tries: number,
];

/** The first request of a client that knows a server of this revision. */
export function opening(revision: RevisionName): string {
  return revision === "2022c" ? "publicKey" : "reconnect";
}

/** Declares a test for each server: the program finds its revision once, and knows it then. */
export function testForeignCodes(servers: readonly ForeignCodes[]): void {
  for (const [foreignCode, revision, tries] of servers) {
    Deno.test(`The program finds ${revision} despite unknown codes: ${foreignCode}`, async () => {
      const server = new FieldServer({ revision, habits: { foreignCode } });
      await using known = await Acquaintance.with(server);
      const first = await known.sendSizes("first", { flags: ["--timeout=1s"] });
      strictEqual(first.heard.length, tries, first.stderr);
      const second = await known.sendSizes("second");
      deepStrictEqual(second.heard.map(([word]) => word), [opening(revision)]);
      strictEqual(second.stderr, "");
      // A client on record that has lost what worked.
      await Deno.remove(await known.record());
      await known.sendSizes("third", { flags: ["--timeout=1s"] });
      strictEqual(await Deno.readTextFile(await known.record()), `--revision ${revision}\n`);
    });
  }
}
