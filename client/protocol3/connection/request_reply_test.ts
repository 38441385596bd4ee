import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import { failsWith } from "../../../tests/peers/own_party.ts";
import { type Answer, ScriptedServer } from "../../../tests/peers/scripted_server.ts";
import { STRANGER } from "../../../tests/peers/scripts.ts";
import { EXIT } from "../../client_error.ts";
import { type Expectation, expectReply, untilAnswered } from "./request_reply.ts";
import { ConnectionLost, ServerFault } from "./errors.ts";
import { ServerLink } from "./server_link.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";
import { LenientClock } from "../../../tests/peers/lenient_clock.ts";

const CLIENT_ID = clientIdOf(new Uint8Array(16).fill(1));

/** What is expected of a server that says something as soon as a client has connected. */
async function hear(onConnect: Answer, expectation: Expectation = {}) {
  await using server = new ScriptedServer({ revision: "2023c", onConnect });
  const link = await ServerLink.open({
    server: server.address,
    revisions: [REVISIONS["2024a"], REVISIONS["2023c"]],
    timeout: 30_000,
    clock: new LenientClock(),
    quirks: new Set(),
    onDeviation() {},
  });
  try {
    return await expectReply(link, expectation);
  } finally {
    await link.close();
  }
}

/** Repeats an exchange that fails `times` times; returns the reported lines. */
function exchange(times: number, retries: number) {
  const troubles: string[] = [];
  const details: string[] = [];
  let made = 0;
  const answered = untilAnswered({
    doing: "say hello",
    retries,
    reporter: { trouble: (line) => troubles.push(line), detail: (line) => details.push(line) },
  }, () => {
    made += 1;
    if (made <= times) return Promise.reject(new ServerFault(`The fault was number ${made}`));
    return Promise.resolve("hello");
  });
  return { answered, troubles, details, made: () => made };
}

Deno.test("expectReply() returns a reply and the revision that its code belongs to", async () => {
  const { reply, revision } = await hear({ kind: "registered", clientId: CLIENT_ID });
  deepStrictEqual(reply, { kind: "registered", clientId: CLIENT_ID });
  strictEqual(revision.name, "2023c");
});

Deno.test("expectReply() accepts a reply for the expected client id", async () => {
  const clientId = CLIENT_ID;
  const { reply } = await hear({ kind: "acknowledged", clientId }, { clientId });
  strictEqual(reply.kind, "acknowledged");
});

Deno.test("expectReply() takes a reply that names nobody", async () => {
  const { reply } = await hear({ kind: "registrationRefused" }, { clientId: CLIENT_ID });
  strictEqual(reply.kind, "registrationRefused");
});

for (
  const [what, answer] of Object.entries<Answer>({
    "an error": { kind: "serverError" },
    "a reply to another client": { kind: "acknowledged", clientId: STRANGER },
    "a code that is none": Uint8Array.of(3, 1, 1, 0, 0, 0, 0),
    "a payload of the wrong size": Uint8Array.of(3, 0x34, 8, 1, 0, 0, 0, 0),
  })
) {
  Deno.test(`expectReply() takes ${what} for a fault of the server`, async () => {
    await rejects(hear(answer, { clientId: CLIENT_ID }), ServerFault);
  });
}

Deno.test("expectReply() fails if the connection ends or the limit passes", async () => {
  await rejects(hear("close"), ConnectionLost);
  await rejects(hear("nothing", { limit: 20 }), ConnectionLost);
});

for (const times of [0, 1, 3]) {
  Deno.test(`untilAnswered() goes on after ${times} faults of 3 that are allowed`, async () => {
    const { answered, troubles, details, made } = exchange(times, 3);
    strictEqual(await answered, "hello");
    strictEqual(made(), times + 1);
    deepStrictEqual(troubles, Array(times).fill("server responded with an error"));
    strictEqual(details.length, times);
  });
}

for (const retries of [0, 1, 3]) {
  Deno.test(`untilAnswered() fails at error ${retries + 1} with ${retries} allowed`, async () => {
    const { answered, troubles, made } = exchange(Infinity, retries);
    await failsWith(answered, {
      reason: "server-error",
      exitCode: EXIT.failed,
      message: new RegExp(`^Cannot say hello: the fault was number ${retries + 1}; see`),
    });
    strictEqual(made(), retries + 1);
    strictEqual(troubles.length, retries + 1);
  });
}

Deno.test("untilAnswered() leaves any other error to its caller", async () => {
  const lost = new ConnectionLost("The server closed the connection");
  const troubles: string[] = [];
  const reporter = { trouble: (line: string) => troubles.push(line), detail: () => {} };
  const options = { doing: "say hello", retries: 3, reporter };
  await rejects(untilAnswered(options, () => Promise.reject(lost)), lost);
  deepStrictEqual(troubles, []);
});
