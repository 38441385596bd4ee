/** Attacks by requests that cannot be, or that come at the wrong time. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { REQUEST_HEADER } from "../../../shared/protocol3/message.ts";
import { joined, lcg } from "../../kernel/golden_vectors.ts";
import type { Arena } from "../arena.ts";
import type { AttackOnServer, AttacksOnServer, ServerOutcome } from "../attack.ts";
import type { RoguePeer } from "../rogue_peer.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const PLAIN = lcg(5, 1_000);
const ID = clientIdOf(new Uint8Array(16).fill(0x11));

/** A header with some payload, or none. */
function frame(code: number, payloadSize: number, payload = new Uint8Array(0)): Uint8Array {
  return joined([REQUEST_HEADER.encode({ clientId: ID, version: 3, code, payloadSize }), payload]);
}

/** Bytes that are answered with an error, after which the server hangs up. */
function refusedBytes(outcome: ServerOutcome, bytes: Uint8Array): AttacksOnServer[string] {
  return {
    outcome,
    async play(arena) {
      const rogue = await arena.rogue();
      await rogue.send(bytes);
      deepStrictEqual((await rogue.ended()).map(({ kind }) => kind), ["serverError"]);
    },
  };
}

/** Something said by a client that has a key, answered with an error. */
function refusedMessages(
  outcome: ServerOutcome,
  say: (rogue: RoguePeer, arena: Arena) => Promise<void>,
): AttacksOnServer[string] {
  return {
    outcome,
    async play(arena) {
      const rogue = await arena.introducedRogue();
      await say(rogue, arena);
      strictEqual((await rogue.client.receive())?.kind, "serverError");
      // Whatever it was, the connection can still be used.
      strictEqual((await rogue.client.file(PLAIN))?.kind, "fileReceived");
    },
  };
}

/** The attacks by their names. */
export const ATTACKS_BY_REQUESTS: AttacksOnServer = {
  "noise": refusedBytes("refused.unknown-code", lcg(99, 65_536)),
  "unknown-code": refusedBytes("refused.unknown-code", frame(999, 0)),
  "huge-payload": refusedBytes("refused.payload-too-large", frame(1027, 0xffff_ffff)),
  "wrong-payload-size": refusedBytes("refused.payload-size-mismatch", frame(1027, 254)),
  "file-without-room": refusedBytes("refused.file-payload-too-small", frame(1028, 266)),
  "huge-packet": refusedBytes("refused.file-too-large", frame(1028, 0xffff_ffff)),
  "huge-file": {
    outcome: "refused.file-too-large",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const [message = PLAIN] = await rogue.client.messages(PLAIN, {
        packets: 2,
        head: { contentSize: 0xffff_fff0, originalSize: 0xffff_ffef },
      });
      await rogue.send(message);
      deepStrictEqual((await rogue.ended()).map(({ kind }) => kind), ["serverError"]);
    },
  },
  "odd-content-size": {
    outcome: "refused.content-size-not-block",
    async play(arena) {
      for (const contentSize of [0, 1, 15, 17, 0xffff_ffff]) {
        const rogue = await arena.introducedRogue(`Rogue ${contentSize}`);
        await rogue.send(...await rogue.client.messages(PLAIN, { head: { contentSize } }));
        deepStrictEqual((await rogue.ended()).map(({ kind }) => kind), ["serverError"]);
      }
    },
  },
  "reordered-packets": refusedMessages("refused.bad-packet-number", async (rogue) => {
    await rogue.inOrder(await rogue.client.messages(PLAIN, { packets: 4 }), [0, 2, 1, 3]);
  }),
  "repeated-packet": refusedMessages("refused.bad-packet-number", async (rogue) => {
    await rogue.inOrder(await rogue.client.messages(PLAIN, { packets: 4 }), [0, 1, 1, 2, 3]);
  }),
  "packets-without-a-first": refusedMessages("refused.bad-packet-number", async (rogue) => {
    await rogue.inOrder(await rogue.client.messages(PLAIN, { packets: 4 }), [3, 2]);
  }),
  "contradicting-packets": refusedMessages("refused.packet-mismatch", async (rogue) => {
    const [first = PLAIN] = await rogue.client.messages(PLAIN, { packets: 2 });
    const [, second = PLAIN] = await rogue.client.messages(PLAIN.subarray(500), { packets: 2 });
    await rogue.send(first, second);
  }),
  "packets-with-too-little": refusedMessages("refused.content-incomplete", async (rogue) => {
    const head = { packets: 2, contentSize: 2_000, originalSize: 1_990 };
    const [first = PLAIN] = await rogue.client.messages(PLAIN, {
      content: new Uint8Array(1_000),
      head: { ...head, packet: 1 },
    });
    const [last = PLAIN] = await rogue.client.messages(PLAIN, {
      content: new Uint8Array(503),
      head: { ...head, packet: 2 },
    });
    await rogue.send(first, last);
  }),
  "file-before-key": {
    outcome: "refused.no-aes-key",
    async play(arena) {
      const rogue = await arena.rogue();
      await rogue.client.register();
      const content = new Uint8Array(1_008);
      strictEqual((await rogue.client.file(PLAIN, { content }))?.kind, "serverError");
    },
  },
  "file-of-nobody": {
    outcome: "refused.unknown-client",
    async play(arena) {
      const rogue = await arena.rogue();
      rogue.client.clientId = ID;
      const content = new Uint8Array(1_008);
      strictEqual((await rogue.client.file(PLAIN, { content }))?.kind, "serverError");
    },
  },
  "verdict-on-nothing": {
    outcome: "refused.no-upload",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const { client } = rogue;
      for (const kind of ["crcValid", "crcRetry", "crcAbort"] as const) {
        strictEqual((await client.ask(client.verdict(kind)))?.kind, "serverError");
      }
    },
  },
  "repeated-verdict": {
    outcome: "refused.no-upload",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const { client } = rogue;
      strictEqual((await client.file(PLAIN))?.kind, "fileReceived");
      await rogue.repeat(client.verdict("crcValid"), 3);
      const kinds = [await client.receive(), await client.receive(), await client.receive()];
      deepStrictEqual(kinds.map((reply) => reply?.kind), [
        "acknowledged",
        "serverError",
        "serverError",
      ]);
    },
  },
  "everything-at-once": {
    outcome: "harmless",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const { client } = rogue;
      const messages = await client.messages(PLAIN, { packets: 3 });
      const session = joined([...messages, client.verdict("crcValid")]);
      const sending = rogue.repeat(session, 40);
      await arena.honest();
      strictEqual(await sending, 40);
      for (let time = 0; time < 40; time++) {
        strictEqual((await client.receive())?.kind, "fileReceived");
        strictEqual((await client.receive())?.kind, "acknowledged");
      }
    },
  },
  "guessed-ids": {
    outcome: "refused.banned",
    limits: { failures: 2, loopback: true },
    async play(arena) {
      const rogue = await arena.rogue();
      for (let guess = 0; guess < 4; guess++) {
        rogue.client.clientId = clientIdOf(new Uint8Array(16).fill(guess + 1));
        await rogue.send(...await rogue.client.messages(PLAIN, { content: new Uint8Array(1_008) }));
      }
      const replies = await rogue.ended();
      ok(replies.length >= 1 && replies.every(({ kind }) => kind === "serverError"));
      strictEqual((await (await arena.rogue()).ended()).length, 0);
      // A ban ends.
      arena.clock.forward(600_000);
    },
  },
  "name-flood": {
    outcome: "refused.too-many-names",
    limits: { namesPerHour: 6, loopback: true },
    async play(arena) {
      const kinds = [];
      for (let at = 0; at < 8; at++) {
        using rogue = await arena.rogue(`Name ${at}`);
        kinds.push((await rogue.client.register())?.kind);
      }
      deepStrictEqual(kinds.slice(0, 5), Array(5).fill("registered"));
      deepStrictEqual(kinds.slice(5), Array(3).fill("serverError"));
      arena.clock.forward(3_600_000);
    },
  },
  "taken-names": {
    outcome: "refused.name-taken",
    limits: { namesPerHour: 2, loopback: true },
    async play(arena) {
      const rogue = await arena.rogue("Victim");
      for (let time = 0; time < 5; time++) {
        strictEqual((await rogue.client.register())?.kind, "registrationRefused");
      }
    },
  },
  "names-in-parallel": {
    outcome: "refused.too-many-names",
    limits: { loopback: true },
    async play(arena) {
      const names = Array.from({ length: 40 }, (_, at) => `Victim ${at}`);
      const ask = async (name: string) => {
        using rogue = await arena.rogue(name);
        return (await rogue.client.register())?.kind;
      };
      const begun = arena.clock.now();
      // They are taken from here on; who asks for the same one again finds out nothing.
      for (const name of names) strictEqual(await ask(name), "registered");
      const kinds = await Promise.all(names.map(ask));
      // Where the machine is slow, one more is let in for each three seconds.
      const more = Math.ceil((arena.clock.now() - begun) / 3_000);
      const refused = kinds.filter((kind) => kind === "serverError").length;
      ok(refused >= 20 - more && refused <= 20, `${refused} of 40 were not looked at`);
      arena.clock.forward(60_000);
    },
  },
  "refusals-at-once": {
    outcome: "refused.name-empty",
    limits: { loopback: true },
    async play(arena) {
      const rogue = await arena.rogue();
      const begun = performance.now();
      const sending = rogue.repeat(frame(1025, 255, new Uint8Array(255)), 1_000);
      for (let reply = 0; reply < 7; reply++) {
        strictEqual((await rogue.client.receive())?.kind, "serverError");
      }
      // The fourth to the seventh: 0.1, 0.2, 0.4 and 0.8 s later; a timer may be a little early.
      ok(performance.now() - begun > 1_450);
      // A client that comes meanwhile does not wait.
      await arena.honest();
      await sending;
    },
  },
  // Five times as many in tests/long/rogue/.
  "refusals-by-the-thousand": refusalsOf(1_000),
};

/** A client whose requests are refused, so many of them, which are a line of the log a second. */
export function refusalsOf(count: number): AttackOnServer {
  return {
    outcome: "refused.no-upload",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const begun = performance.now();
      const sending = rogue.repeat(rogue.client.verdict("crcValid"), count);
      for (let reply = 0; reply < count; reply++) {
        strictEqual((await rogue.client.receive())?.kind, "serverError");
      }
      strictEqual(await sending, count);
      const told = arena.lines.filter(({ reason }) => reason === "no-upload").length;
      const seconds = (performance.now() - begun) / 1_000;
      ok(told <= seconds + 2, `${told} lines in ${seconds} s`);
    },
  };
}
