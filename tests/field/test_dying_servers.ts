/** Servers that end at a code that they do not know, and have another row of the table too. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { SeededRandom } from "../chance/seeded_random.ts";
import type { RevisionName } from "../../shared/protocol3/revision.ts";
import { Acquaintance } from "./acquaintance.ts";
import { FieldServer } from "./field_server.ts";
import { foreignPairsIn } from "./server_combinations.ts";
import type { ServerRow } from "./server_rows.ts";

/** How many are played at a time: each makes files, connections and RSA keys. */
const AT_A_TIME = 8;

/** Bytes of files: one packet where a row needs small ones, and several for others. */
const SIZES = { small: [0, 900], any: [0, 5_000] } as const;

/** What the client says, which asks in 2024c first. */
const ENDED =
  "The server went away when it was asked in revision 2024c; start it again, and name " +
  "its revision with --revision";

/**
 * Declares a test for each revision but the one that is asked in first: the program that is told
 * nothing ends such a server, and says what to do. When it does that, the files arrive, also in a
 * run that is told nothing then.
 */
export function testDyingServers(
  revisions: readonly Exclude<RevisionName, "2024c">[],
  { oneIn }: { readonly oneIn: number },
): void {
  const which = oneIn === 1 ? "Every row" : `One row in ${oneIn}`;
  for (const revision of revisions) {
    Deno.test(`${which} goes with an end at a foreign code (${revision})`, async () => {
      const random = new SeededRandom();
      const all = foreignPairsIn(revision, "dies");
      ok(all.length >= 14, `${all.length}`);
      const first = random.below(oneIn);
      const rows = all.filter((_, index) => index % oneIn === first);
      const failures: string[] = [];
      await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
        for (let row = rows.pop(); row !== undefined; row = rows.pop()) {
          const { seen } = row;
          await play(row, revision).catch((error) => failures.push(`${seen}: ${error}`));
        }
      }));
      deepStrictEqual(failures, [], `with the seed ${random.seed}`);
    });
  }
}

async function play(row: ServerRow, revision: RevisionName): Promise<void> {
  const { habits, quirks, packetSize, small } = row;
  const first = new FieldServer({ revision, habits });
  const { port } = first.address;
  await using known = await Acquaintance.with(first);
  const flags = [
    ...quirks?.length ? [`--compat=${quirks.join(",")}`] : [],
    ...packetSize ? [`--packet-size=${packetSize}`] : [],
  ];
  const sizes = small ? SIZES.small : SIZES.any;
  const ended = async (server: FieldServer) => {
    const { code, stderr } = await known.send("ended.bin", flags, { server });
    strictEqual(code, 3, stderr);
    const [fatal] = /^Fatal: .*$/m.exec(stderr) ?? [];
    strictEqual(fatal, `Fatal: ${ENDED}`);
  };
  await ended(first);
  {
    // What it is told once counts for later runs too.
    await using server = new FieldServer({ revision, habits, port });
    const told = [...flags, `--revision=${revision}`];
    await known.sendSizes("first", { server, sizes, flags: told });
    const { heard } = await known.sendSizes("second", { server, sizes });
    const [opening] = heard[0] ?? [];
    strictEqual(opening, revision === "2022c" ? "publicKey" : "reconnect");
    // A client on record that has lost what worked ends it too.
    await Deno.remove(await known.record());
    await ended(server);
  }
  await using server = new FieldServer({ revision, habits, port });
  // It has forgotten the client, too.
  await known.sendSizes("third", { server, sizes, flags: [...flags, `--revision=${revision}`] });
}
