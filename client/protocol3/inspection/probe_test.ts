import { deepStrictEqual, match, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { REVISION_NAMES } from "../../../shared/protocol3/revision.ts";
import type { ServerDeviation } from "../../../shared/protocol3/parsing/reply_parser.ts";
import { FieldServer } from "../../../tests/field/field_server.ts";
import type { ServerHabits } from "../../../tests/field/server_habits.ts";
import { OwnServer } from "../../../tests/field/server_of_our_own.ts";
import { allOf } from "../../../tests/field/server_play.ts";
import { failsWith } from "../../../tests/peers/own_party.ts";
import {
  type Answer,
  ScriptedServer,
  type ServerScript,
} from "../../../tests/peers/scripted_server.ts";
import { always, endlessly } from "../../../tests/peers/scripts.ts";
import { TestClock } from "../../../tests/peers/test_clock.ts";
import { EXIT } from "../../client_error.ts";
import type { ProbeOptions, ProbeResult } from "../../probe/prober.ts";
import { probe } from "./probe.ts";
import { NOBODY } from "../../../tests/peers/nobody.ts";
import { LenientClock } from "../../../tests/peers/lenient_clock.ts";

/** Long enough for a server that answers at all, short enough to wait for one that does not. */
const SHORT = 1_000;

/** Probes a server; returns the result and the details. */
async function put(
  { address: server }: Pick<FieldServer, "address">,
  options: Partial<ProbeOptions> = {},
): Promise<{ readonly result: ProbeResult; readonly details: readonly string[] }> {
  const details: string[] = [];
  const detail = (line: string) => void details.push(line);
  return {
    result: await probe({ server, timeout: 30_000, clock: new LenientClock(), detail, ...options }),
    details,
  };
}

Deno.test("A probe finds the revision of a correct server, without registering", async () => {
  await allOf(REVISION_NAMES.map(async (revision) => {
    const certain = { revision, certain: true, deviations: [] };
    await using scripted = new ScriptedServer({ revision });
    await using field = new FieldServer({ revision });
    await using own = await OwnServer.open(revision);
    await allOf([scripted, field, own].map(async (server) => {
      deepStrictEqual((await put(server)).result, certain);
    }));
    ok(!scripted.heard.flat().includes("register"));
    ok(!field.heard.flat().includes("register"));
    deepStrictEqual(own.clients, []);
  }));
});

Deno.test("A probe reports 2024c of a server of all revisions", async () => {
  await using own = await OwnServer.open("auto");
  const { result, details } = await put(own);
  deepStrictEqual(result, { revision: "2024c", certain: true, deviations: [] });
  deepStrictEqual(details, ['The answer to "reconnect" of revision 2024c is "reconnectRefused"']);
  deepStrictEqual(own.clients, []);
});

/** Servers that show something of themselves when a stranger reconnects. */
const SHOWN: readonly (readonly [ServerHabits, readonly ServerDeviation[]])[] = [
  [{ version: 2 }, ["other-version"]],
  [{ refusalId: "missing" }, ["unannounced-id"]],
  [{ refusalId: "undeclared" }, ["unannounced-id"]],
  [{ zerosAfterReply: 3 }, ["zeros-between-replies"]],
  [{ paddedReplies: true }, ["zeros-between-replies"]],
  [{ closesAfter: "reply" }, ["close-after-reply"]],
  [
    { version: 2, refusalId: "undeclared", zerosAfterReply: 3, closesAfter: "reply" },
    ["close-after-reply", "other-version", "unannounced-id", "zeros-between-replies"],
  ],
];

Deno.test("A probe tells what deviations a server shows", async () => {
  await allOf(
    SHOWN.flatMap(([habits, deviations]) =>
      // A server of 2022c is sent a key, and is described in other words.
      REVISION_NAMES.filter((name) => name !== "2022c" || !habits.refusalId).map(
        async (revision) => {
          await using server = new FieldServer({ revision, habits });
          const { result } = await put(server);
          const sorted = { ...result, deviations: [...result.deviations].sort() };
          deepStrictEqual(sorted, { revision, certain: true, deviations }, JSON.stringify(habits));
        },
      )
    ),
  );
});

Deno.test("A probe that gets errors only reports them as uncertain", async () => {
  await allOf((["2024c", "2023a"] as const).map(async (revision) => {
    await using server = new ScriptedServer({
      revision,
      onRequest: always("reconnect", { kind: "serverError" }),
    });
    const { result: { certain, deviations, ...rest } } = await put(server);
    strictEqual(certain, false);
    deepStrictEqual(deviations, []);
    // The errors of 2023a are those of 2023c, to whose question it may have been an answer.
    strictEqual(rest.revision, revision === "2023a" ? "2023c" : revision);
  }));
});

Deno.test("A probe that finds nobody listening ends with exit code 3", async () => {
  await failsWith(put({ address: NOBODY }), {
    reason: "no-connection",
    exitCode: EXIT.noConnection,
    message: /^No server listens on 127.0.0.1:1; check the address/,
  });
});

/** Says a thing again and again on each connection. */
function forEver(bytes: Uint8Array): Answer {
  return { [Symbol.iterator]: () => endlessly(bytes) };
}

/** Behaviour of servers that do not speak protocol 3. */
const OTHERS: Readonly<Record<string, Pick<ServerScript, "onConnect"> & Partial<ProbeOptions>>> = {
  "closes": { onConnect: "close" },
  "says nothing": { onConnect: "deaf", timeout: SHORT },
  "sends zeros": { onConnect: forEver(new Uint8Array(4096)), timeout: SHORT },
  "sends a few zeros": { onConnect: [new Uint8Array(100), "deaf"], timeout: SHORT },
  "sends noise": { onConnect: forEver(new Uint8Array(512).fill(0x5a)), timeout: SHORT },
};

Deno.test("A probe of what is no server of protocol 3 ends with exit code 1", async () => {
  await allOf(
    Object.entries(OTHERS).map(async ([what, { timeout = 30_000, onConnect = "nothing" }]) => {
      await using server = new ScriptedServer({ revision: "2024a", onConnect });
      await failsWith(put(server, { timeout }), {
        reason: "no-revision",
        exitCode: EXIT.failed,
        message: /check that it is one of protocol 3/,
      });
      ok(!server.heard.flat().includes("register"), what);
    }),
  );
});

/** The first bytes of services of other kinds, and what each is called. */
const SERVICES = {
  "HTTP/1.1 400 Bad Request\r\n\r\n": "an HTTP server",
  "SSH-2.0-OpenSSH_9.9\r\n": "an SSH server",
  "\x15\x03\x01\x00\x02\x02\x46": "a TLS server",
  "220 mail.example.org ESMTP\r\n": "a mail",
};

Deno.test("A probe names a service of another kind at its first reply", async () => {
  await allOf(
    Object.entries(SERVICES).flatMap(([text, kind]) => {
      const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
      const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));
      // At once, and byte by byte; open, and closed.
      const ways: Answer[] = [[bytes, "deaf"], [bytes, "close"], [...pieces, "deaf"]];
      return ways.map(async (onConnect) => {
        await using server = new ScriptedServer({ revision: "2024a", onConnect });
        await failsWith(put(server), {
          reason: "no-revision",
          exitCode: EXIT.failed,
          message: new RegExp(`is ${kind}.*, and no server of protocol 3`),
        });
        strictEqual(server.heard.length, 1);
      });
    }),
  );
});

Deno.test("A probe waits for a slow server up to the timeout", async () => {
  const clock = new TestClock();
  await using server = new ScriptedServer({
    revision: "2024c",
    onRequest: always("reconnect", (_, { nth }) => {
      if (nth === 1) return "nothing";
      clock.advance(29_000);
      return undefined;
    }),
    onRefused: "nothing",
  });
  const probing = put(server, { clock });
  for (let asked = 0; asked < 4; asked++) {
    await clock.waitedFor(3_000);
    clock.advance(3_000);
  }
  // What may follow the reply.
  await clock.waitedFor(500);
  clock.advance(500);
  const { result, details } = await probing;
  deepStrictEqual(result, { revision: "2024c", certain: true, deviations: [] });
  ok(details.includes("No answer within 3 s to anything; waiting up to 30 s"), details.join("\n"));
});

Deno.test("A probe asks under a name and an id that are new each time", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await allOf([put(server), put(server)]);
  const [one, other] = server.requests;
  ok(one?.kind === "reconnect" && other?.kind === "reconnect");
  notDeepStrictEqual(one.clientId, other.clientId);
  ok(one.name.text !== other.name.text);
  match(one.name.text, /^probe-[0-9a-f]{8}$/);
});
