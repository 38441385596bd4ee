import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { REPLY_HEADER } from "../../shared/protocol3/message.ts";
import { encodeReply, type Reply } from "../../shared/protocol3/reply.ts";
import {
  type Revision,
  REVISION_NAMES,
  REVISIONS,
  REVISIONS_BY_PREFERENCE,
} from "../../shared/protocol3/revision.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { joined, lcg } from "../kernel/golden_vectors.ts";
import { NAME, OwnParty } from "../peers/own_party.ts";
import { ScriptedServer } from "../peers/scripted_server.ts";
import { allOf, notedBy, play } from "./server_play.ts";
import { hear, inPieces } from "./server_streams.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** Ids that look like something else where they stand in a reply. */
const ODD_IDS: Readonly<Record<string, Uint8Array>> = {
  "zeros": new Uint8Array(16),
  "zeros and a one": Uint8Array.of(...new Uint8Array(15), 1),
  "a few zeros first": Uint8Array.of(0, 0, 0, ...lcg(1, 13)),
  "zeros last": Uint8Array.of(...lcg(2, 8), ...new Uint8Array(8)),
  "the header of an acknowledgement": header(1604, 16),
  "the header of a refusal without a payload": header(1606, 0),
  "the header of a refused registration": header(2101, 0),
  "the header of an error": header(1607, 0),
};

function header(code: number, payloadSize: number): Uint8Array {
  const bytes = REPLY_HEADER.encode({ version: 3, code, payloadSize });
  return Uint8Array.of(...bytes, ...new Uint8Array(16 - bytes.byteLength));
}

const ids = fc.oneof(
  fc.constantFrom(...Object.values(ODD_IDS).map(clientIdOf)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map(clientIdOf),
);

const names = fc.string({ minLength: 1, maxLength: 60 }).filter((name) => !name.includes("\0"));

/** Any reply by the letter of a revision. */
function officialReply(revision: Revision): fc.Arbitrary<Reply> {
  const key = fc.oneof(
    fc.uint8Array({ minLength: 128, maxLength: 128 }),
    fc.constant(new Uint8Array(128)),
  );
  const replies: readonly fc.Arbitrary<Reply>[] = [
    fc.record({ kind: fc.constant("registered"), clientId: ids }),
    fc.record({ kind: fc.constant("registrationRefused") }),
    fc.record({
      kind: fc.constantFrom("keyAccepted", "reconnectAccepted"),
      clientId: ids,
      encryptedKey: key,
    }),
    fc.record({
      kind: fc.constant("fileReceived"),
      clientId: ids,
      contentSize: fc.nat(),
      fileName: names.map((name) => TextField.of(name)),
      checksum: fc.oneof(fc.constantFrom(0, 0xff, 0xff00_0000), fc.nat()),
    }),
    fc.record({ kind: fc.constantFrom("acknowledged", "reconnectRefused"), clientId: ids }),
    fc.record({ kind: fc.constant("serverError") }),
  ];
  return fc.oneof(...replies).filter(({ kind }) => revision.replies[kind] !== undefined);
}

for (const name of REVISION_NAMES) {
  Deno.test(`No reply by the letter of ${name} is taken for a deviation, whatever is in it`, () => {
    const revision = REVISIONS[name];
    // In a search, the revisions whose requests have the same codes count, the one spoken first.
    const family = REVISIONS_BY_PREFERENCE.filter(({ requests }) =>
      requests.register.code === revision.requests.register.code
    );
    fc.assert(fc.property(
      fc.array(officialReply(revision), { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }),
      (replies, sizes) => {
        const stream = joined(replies.map((reply) => encodeReply(revision, reply)));
        for (const revisions of name === "2022c" ? [[revision]] : [[revision], family]) {
          const strict = hear([stream], { revisions, strict: true });
          strictEqual(strict.events.length, replies.length);
          deepStrictEqual(hear(inPieces(stream, sizes), { revisions }), strict);
        }
      },
    ));
  });
}

for (const revision of REVISION_NAMES) {
  Deno.test(`A server by the book of ${revision} shows no deviation, and no trouble`, async () => {
    await allOf([
      play({ row: { habits: {}, noted: [] }, revision }),
      play({ row: { habits: {}, noted: [] }, revision, who: "stranger", delivery: "pieces" }),
      ...revision === "2022c" || revision === "2024c"
        ? [play({ row: { habits: {}, noted: [] }, revision, delivery: "bytes" })]
        : [],
    ]);
  });
}

Deno.test("A search at correct servers notes nothing about their endings", async () => {
  await allOf((["2024a", "2024c", "2023c", "2023a"] as const).map(async (revision) => {
    await using server = new ScriptedServer({ revision });
    await using own = await OwnParty.stranger();
    const session = await own.session(server, { revision: "auto" });
    strictEqual((await session.send(await own.file("a.txt", "a"), () => {})).revision, revision);
    deepStrictEqual(notedBy(own), []);
  }));
});

for (const [what, odd] of Object.entries(ODD_IDS)) {
  Deno.test(`A client whose id is ${what} is a client like any other`, async () => {
    const clientId = clientIdOf(odd);
    await allOf(REVISION_NAMES.map(async (revision) => {
      const server: ScriptedServer = new ScriptedServer({
        revision,
        onRequest({ kind }) {
          if (kind !== "register") return undefined;
          server.admit({ name: NAME, clientId });
          return { kind: "registered", clientId };
        },
      });
      await using _ = server;
      await using own = await OwnParty.stranger();
      for (const name of ["a.txt", "b.txt"]) {
        const session = await own.session(server, { packetSize: 16 });
        await session.send(await own.file(name, "The quick brown fox"), () => {});
      }
      deepStrictEqual([...server.files.keys()], ["a.txt", "b.txt"]);
      deepStrictEqual((await own.files.load())?.clientId, clientId);
      deepStrictEqual(own.troubles, []);
      deepStrictEqual(notedBy(own), []);
    }));
  });
}

Deno.test("A reconnect that is refused by the letter is no deviation", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.oldFriend();
  const session = await own.session(server);
  await session.send(await own.file("a.txt", "a"), () => {});
  deepStrictEqual(server.heard, [["reconnect", "register", "publicKey", "file", "crcValid"]]);
  deepStrictEqual(notedBy(own), []);
});
