import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { ClientError } from "../../client/client_error.ts";
import { QUIRKS } from "../../client/settings/send_settings.ts";
import { SERVER_DEVIATIONS } from "../../shared/protocol3/parsing/reply_parser.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { ON_RECORD, OwnParty } from "../peers/own_party.ts";
import { PacedClock } from "./paced_clock.ts";
import { FieldServer } from "./field_server.ts";
import { type ServerRow, SERVERS_IN_THE_FIELD } from "./server_rows.ts";
import { allOf, lastOf, notedBy } from "./server_play.ts";
import { testServerRows } from "./test_server_rows.ts";

// In all of its revisions in tests/long/.
testServerRows({ revisions: "one" });

Deno.test("The table has a row for every deviation, every habit, and says how to have it", () => {
  const noted = SERVERS_IN_THE_FIELD.flatMap((row) => row.noted);
  const quirks = SERVERS_IN_THE_FIELD.flatMap((row) => row.quirks ?? []);
  deepStrictEqual(new Set(noted), new Set(Object.keys(SERVER_DEVIATIONS)));
  deepStrictEqual(new Set(quirks), new Set(Object.keys(QUIRKS)));
  strictEqual(
    new Set(SERVERS_IN_THE_FIELD.map(({ seen }) => seen)).size,
    SERVERS_IN_THE_FIELD.length,
  );
  for (const { driven, quirks, packetSize } of SERVERS_IN_THE_FIELD) {
    if (quirks) ok(driven.includes(`--compat ${quirks.join(",")}`), driven);
    if (packetSize) ok(driven.includes(`--packet-size ${packetSize}`), driven);
  }
});

Deno.test("A server with an unstated requirement gets no file", async () => {
  const rows = SERVERS_IN_THE_FIELD.filter(({ quirks, packetSize }) => quirks || packetSize);
  await allOf(rows.map((row) => notServed(row)));
});

Deno.test("A server that closes late after every reply is recognised", async () => {
  await allOf((["stranger", "oldFriend"] as const).map(async (who) => {
    await using own = await OwnParty[who]();
    const habits = { closesAfter: "reply" } as const;
    await using server = new FieldServer({ revision: "2024a", habits, hesitation: 60 });
    server.admit(ON_RECORD);
    const session = await own.session(server, { name: "Newcomer" });
    for (const name of ["a.bin", "b.bin", "c.bin"]) {
      await session.send(await own.file(name, lcg(2, 500)), () => {});
    }
    deepStrictEqual([...server.files.keys()], ["a.bin", "b.bin", "c.bin"]);
    deepStrictEqual(notedBy(own), ["close-after-reply"]);
  }));
});

Deno.test("A server of one receive per request gets packets slowly", async () => {
  await using own = await OwnParty.stranger();
  const habits = { takesOneReceive: true } as const;
  const clock = new PacedClock();
  await using server = new FieldServer({ revision: "2024c", habits, onTurn: clock.onTurn });
  const session = await own.session(server, { packetSize: 2_000, packetDelay: 50, clock });
  const plain = lcg(3, 7_000);
  await session.send(await own.file("a.bin", plain), () => {});
  deepStrictEqual(server.files.get("a.bin"), new Uint8Array(plain));
});

/** Sends a file by the letter of the protocol, and fails if it arrives. */
async function notServed(row: ServerRow): Promise<void> {
  await using own = await OwnParty.stranger();
  await using server = new FieldServer({ revision: lastOf(row), habits: row.habits });
  // Some would wait for ever for what does not come.
  const session = await own.session(server, { retries: 0, timeout: 500, packetSize: 2_000 });
  const file = await own.file("file.bin", lcg(1, 5_000));
  const outcome = await session.send(file, () => {}).catch((error) => error);
  ok(outcome instanceof ClientError, `${row.seen}: ${outcome}`);
  strictEqual(server.files.size, 0, row.seen);
}
