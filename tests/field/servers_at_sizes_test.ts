import { deepStrictEqual, rejects } from "node:assert/strict";
import { REVISION_NAMES, REVISIONS } from "../../shared/protocol3/revision.ts";
import { joined, lcg } from "../kernel/golden_vectors.ts";
import { OwnParty } from "../peers/own_party.ts";
import { type Script, ScriptedServer } from "../peers/scripted_server.ts";
import { allOf } from "./server_play.ts";
import { testExactSizes } from "./test_server_sizes.ts";

/** Bytes of plain files: none, around a block, one packet, and many. A MiB is in tests/long/. */
const SOME_SIZES = [0, 1, 15, 16, 1000, 65_537];

testExactSizes(SOME_SIZES);

Deno.test("An error with the client's id as payload is an error, at any file size", async () => {
  const revisions = REVISION_NAMES.filter((name) => REVISIONS[name].replies.serverError);
  await allOf(revisions.map(async (revision) => {
    await using server = new ScriptedServer({ revision, onRequest: errorBeforeEachFile() });
    await using own = await OwnParty.stranger();
    for (const size of SOME_SIZES) {
      const session = await own.session(server, { packetSize: 4_096, retries: 0 });
      const name = `${size} bytes`;
      const plain = lcg(size, size);
      const file = await own.file(name, plain);
      const failed = session.send(file, () => {});
      // What it cannot read is an error to the client too, but with another message.
      await rejects(failed, /the server reported an error/);
      await session.send(file, () => {});
      deepStrictEqual(server.files.get(name), new Uint8Array(plain), name);
      await session.close();
    }
  }));
});

/** Answers the last packet of each file with an error that has the client's id, the first time. */
function errorBeforeEachFile(): Script {
  const seen = new Set<string>();
  return (request, { encode }) => {
    if (request.kind !== "file" || request.packet < request.packets) return undefined;
    const { fileName: { text }, clientId } = request;
    if (seen.has(text)) return undefined;
    seen.add(text);
    const error = encode({ kind: "serverError" });
    new DataView(error.buffer).setUint32(3, clientId.byteLength, true);
    return joined([error, clientId]);
  };
}
