import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { encodeReply } from "../../shared/protocol3/reply.ts";
import { type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { joined, lcg } from "../kernel/golden_vectors.ts";
import type { ServerHabits } from "./server_habits.ts";
import { SERVERS_IN_THE_FIELD } from "./server_rows.ts";
import { fieldReply, writesOf } from "./server_replies.ts";
import { CLIENT_ID, everyReply, hear, inPieces } from "./server_streams.ts";

/** Rows whose replies have other bytes than those of a server by the book. */
const ROWS = SERVERS_IN_THE_FIELD.filter(({ noted }) => noted.length > 0);

/** All replies of a server with these habits, and what else it says. */
function wordsOf(name: RevisionName, habits: ServerHabits): readonly Uint8Array[] {
  const revision = REVISIONS[name];
  const packets = habits.namesPaddedLeft
    ? [{ kind: "packetReceived", clientId: CLIENT_ID } as const]
    : [];
  const replies = [...packets, ...everyReply(revision)].map((reply) =>
    fieldReply(reply, { revision, habits })
  );
  return habits.answersRetry === "zero byte"
    ? [...replies.slice(0, 3), new Uint8Array(1), ...replies.slice(3)]
    : replies;
}

/** What is heard of a server by the book that says the same, apart from ids that were not said. */
function kindsIn(name: RevisionName, { namesPaddedLeft }: ServerHabits): readonly string[] {
  const kinds = everyReply(REVISIONS[name]).map(({ kind }) => kind);
  return namesPaddedLeft ? ["packetReceived", ...kinds] : kinds;
}

/** What may follow a refusal that announces no id. */
const BEHIND_A_REFUSAL: Readonly<Record<string, Uint8Array>> = {
  "nothing": new Uint8Array(0),
  "the id": CLIENT_ID,
  "an id that begins with zeros": Uint8Array.of(...new Uint8Array(9), ...lcg(1, 7)),
  "an id of zeros": new Uint8Array(16),
  "zeros": new Uint8Array(5),
  "many zeros": new Uint8Array(500),
  "the id and zeros": Uint8Array.of(...CLIENT_ID, 0, 0, 0),
};

Deno.test("An unannounced id is told from the next reply, with zeros or without", () => {
  const revision = REVISIONS["2024a"];
  const refused = Uint8Array.of(3, 0x46, 6, 0, 0, 0, 0);
  for (const [what, behind] of Object.entries(BEHIND_A_REFUSAL)) {
    for (const reply of everyReply(revision)) {
      const stream = joined([refused, behind, encodeReply(revision, reply)]);
      for (const sizes of [[stream.byteLength], [1], [7, 16], [23]]) {
        const { events } = hear(inPieces(stream, sizes), { revisions: [revision] });
        const kinds = events.map((event) => event.type === "reply" ? event.reply.kind : event.type);
        deepStrictEqual(kinds, ["reconnectRefused", reply.kind], `${what}, ${sizes}`);
      }
    }
  }
});

Deno.test("More zeros than fill a block up end the reading", () => {
  const revisions = [REVISIONS["2024a"]];
  const reply = encodeReply(REVISIONS["2024a"], { kind: "serverError" });
  const types = (zeros: number, size: number) =>
    hear(inPieces(joined([reply, new Uint8Array(zeros), reply]), [size]), { revisions })
      .events.map(({ type }) => type);
  for (const size of [1_000, 65_536, 100_000]) {
    deepStrictEqual(types(65_535, size), ["reply", "reply"]);
    deepStrictEqual(types(65_536, size), ["reply", "refused"]);
  }
});

for (const { seen, habits, revisions, noted } of ROWS) {
  Deno.test(`Replies of a server in the field are read in any pieces: ${seen}`, () => {
    for (const name of revisions) {
      const words = wordsOf(name, habits);
      const stream = joined(words);
      const options = { revisions: [REVISIONS[name]] };
      const whole = hear([stream], options);
      const kinds = whole.events.map((event) =>
        event.type === "reply" ? event.reply.kind : event.type
      );
      deepStrictEqual(kinds, kindsIn(name, habits), name);
      // That a connection is closed shows in no reply.
      deepStrictEqual(whole.noted, noted.filter((deviation) => deviation !== "close-after-reply"));
      const bytes = words.flatMap((word) => writesOf(word, "bytes"));
      deepStrictEqual(hear(bytes, options), whole, name);
      // Where replies are filled up there is far more to read, and no more to get wrong.
      const max = habits.paddedReplies ? 30_000 : 200;
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max }), { minLength: 1 }), (sizes) => {
          deepStrictEqual(hear(inPieces(stream, sizes), options), whole, name);
        }),
        { numRuns: habits.paddedReplies ? 3 : 10 },
      );
    }
  });
}
