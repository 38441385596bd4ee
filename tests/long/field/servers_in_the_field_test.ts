import { deepStrictEqual } from "node:assert/strict";
import { testServerRows } from "../../field/test_server_rows.ts";
import { lcg } from "../../kernel/golden_vectors.ts";
import { OwnParty } from "../../peers/own_party.ts";
import { ScriptedServer } from "../../peers/scripted_server.ts";
import { always } from "../../peers/scripts.ts";

testServerRows({ revisions: "all" });

Deno.test("A server may acknowledge more packets than replies may queue", async () => {
  // More packets of one byte than the 10,000 replies that may queue (MAX_WAITING).
  const plain = lcg(4, 10_100);
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: always("file", async ({ clientId }, { official }) => {
      const reply = await official();
      return [{ kind: "acknowledged", clientId }, reply ?? "nothing"];
    }),
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { retries: 0, packetSize: 1 });
  await session.send(await own.file("a.bin", plain), () => {});
  deepStrictEqual(server.files.get("a.bin"), new Uint8Array(plain));
});
