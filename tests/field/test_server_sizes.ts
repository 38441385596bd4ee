/** Files of many sizes to servers that take packets of one size only. */

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { lcg } from "../kernel/golden_vectors.ts";
import { OwnParty, type SessionHabits } from "../peers/own_party.ts";
import { FieldServer } from "./field_server.ts";
import { SERVERS_IN_THE_FIELD } from "./server_rows.ts";
import { allOf } from "./server_play.ts";

/** Declares a test for each such row: files of these sizes arrive in all of its revisions. */
export function testExactSizes(sizes: readonly number[]): void {
  for (const row of SERVERS_IN_THE_FIELD.filter(({ habits }) => habits.exactContent)) {
    const most = Math.max(...sizes);
    Deno.test(`A server in the field gets files from 0 to ${most} bytes: ${row.seen}`, async () => {
      const { habits, packetSize = 0, quirks = [] } = row;
      await allOf(row.revisions.map(async (revision) => {
        await using server = new FieldServer({ revision, habits });
        await sendSizes(server, { sizes, habits: { packetSize, quirks: new Set(quirks) } });
        deepStrictEqual(server.refusals, []);
      }));
    });
  }
}

/** Sends files of all sizes in a first run, and again after a reconnect. */
async function sendSizes(
  server: FieldServer,
  { sizes, habits }: { readonly sizes: readonly number[]; readonly habits: SessionHabits },
): Promise<void> {
  await using own = await OwnParty.stranger();
  for (const run of ["first", "second"]) {
    const session = await own.session(server, habits);
    for (const size of sizes) {
      const name = `${size} bytes of the ${run} run`;
      const plain = lcg(size, size);
      const { attempts } = await session.send(await own.file(name, plain), () => {});
      strictEqual(attempts, 1, name);
      deepStrictEqual(server.files.get(name), new Uint8Array(plain), name);
    }
    await session.close();
  }
}
