/** Attacks by connections: many of them, silent ones, slow ones. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { lcg } from "../../kernel/golden_vectors.ts";
import { PUBLIC_KEY } from "../../peers/test_client.ts";
import type { Limits } from "../../../server/settings/limit_settings.ts";
import { encodeRequest } from "../../../shared/protocol3/request.ts";
import { REVISIONS } from "../../../shared/protocol3/revision.ts";
import { NO_CLIENT_ID } from "../../../shared/wire/client_id.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import type { Arena } from "../arena.ts";
import type { AttackOnServer, AttacksOnServer } from "../attack.ts";
import { ManyAddresses, NO_ADDRESSES } from "../many_addresses.ts";
import { pieces, type RoguePeer } from "../rogue_peer.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Bytes of a file that never ends: more than these attacks send. */
const PLAIN = lcg(3, 20_000);

/** Bytes of a file that takes a minute at 20 KB/s. */
const LONG = lcg(4, 1_200_000);

/** Honest clients that come during an attack. */
const HONEST = 20;

/** Connections of a client that has said who it is. */
async function known(arena: Arena, count: number): Promise<readonly RoguePeer[]> {
  const first = await arena.introducedRogue();
  const { clientId, name } = first.client;
  const rogues = [first];
  while (rogues.length < count) {
    const rogue = await arena.rogue();
    rogue.client.clientId = clientId;
    strictEqual(rogue.client.name.text, name.text);
    strictEqual((await rogue.client.reconnect())?.kind, "reconnectAccepted");
    rogues.push(rogue);
  }
  return rogues;
}

/** A registration under a name with a number, which the attacker puts in. */
function registration(): Uint8Array {
  const name = TextField.of("Rogue ######");
  return encodeRequest(REVISIONS["2024a"], { kind: "register", clientId: NO_CLIENT_ID, name });
}

/** Honest clients, one after the other, get in, most of them at once. */
async function allGetIn(arena: Arena): Promise<void> {
  let tries = 0;
  for (let client = 0; client < HONEST; client++) tries += await arena.honest();
  // When one comes, the server may not have noticed that the one before is gone: then its address
  // has two connections, more than others.
  ok(tries <= 2 * HONEST, `${tries} tries`);
}

/** The attacks by their names. */
export const ATTACKS_BY_CONNECTIONS: AttacksOnServer = {
  "silent-connection": {
    outcome: "refused.first-request-late",
    limits: { firstRequestTime: SECOND },
    async play(arena) {
      const rogue = await arena.rogue();
      strictEqual((await rogue.ended()).length, 0);
    },
  },
  "dripped-header": {
    outcome: "refused.first-request-late",
    async play(arena) {
      const rogue = await arena.rogue();
      const request = rogue.client.verdict("crcValid");
      const drops = pieces(request.subarray(0, 22));
      const replies = await rogue.drip(drops, () => arena.clock.pass(2 * SECOND));
      strictEqual(replies.length, 0);
    },
  },
  "stranger-flood": {
    outcome: "refused.stranger-evicted",
    limits: { strangers: 8, connections: 16 },
    async play(arena) {
      for (let at = 0; at < 24; at++) await arena.rogue();
      await arena.honest();
      arena.clock.forward(SECOND);
      for (let at = 0; at < 24; at++) await arena.rogue();
      await arena.honest();
    },
  },
  "rush-of-the-same-address": {
    outcome: "refused.stranger-evicted",
    limits: { connections: 16 },
    async play(arena) {
      for (let time = 0; time < 5; time++) {
        for (let at = 0; at < 16; at++) await arena.rogue();
        arena.clock.forward(SECOND);
        const honest = arena.honest();
        for (let at = 0; at < 6; at++) await arena.rogue();
        strictEqual(await honest, 1);
      }
    },
  },
  // With all places and many more addresses: tests/long/rogue/.
  "crowd-of-addresses": crowdOf({ limits: { connections: 128 }, addresses: 250 }),
  "eight-addresses": {
    outcome: "refused.client-evicted",
    limits: { connections: 256 },
    ignored: NO_ADDRESSES,
    async play(arena) {
      await using rogues = await ManyAddresses.begin({
        ...{ port: arena.port, addresses: 8, each: 40, request: registration() },
      });
      // Until then those that go are strangers.
      await rogues.answered();
      await allGetIn(arena);
    },
  },
  "address-flood": {
    outcome: "refused.too-many-from-address",
    // So that it is refused, and no other one makes room, until they are idle.
    limits: { connectionsPerAddress: 3, leastRate: 0, loopback: true },
    async play(arena) {
      const rogues = await known(arena, 3);
      const late = await arena.rogue();
      strictEqual((await late.ended()).length, 0);
      // Another client of the address need not wait until they are gone.
      arena.clock.forward(10 * SECOND);
      await arena.honest();
      // The first of them has made a request more.
      strictEqual((await rogues[1]?.ended())?.length, 0);
    },
  },
  "rare-requests": {
    outcome: "refused.client-evicted",
    limits: { connectionsPerAddress: 6, loopback: true },
    async play(arena) {
      const rogues = await known(arena, 6);
      for (let round = 0; round < 3; round++) {
        arena.clock.forward(9 * SECOND);
        // Those that had to make room say nothing more.
        for (const { client } of rogues) await client.reconnect().catch(() => undefined);
        arena.clock.forward(5 * SECOND);
        await arena.honest();
      }
    },
  },
  "known-and-idle": {
    outcome: "refused.client-evicted",
    limits: { connections: 6 },
    async play(arena) {
      await known(arena, 6);
      await arena.honest();
    },
  },
  "one-client-everywhere": {
    outcome: "refused.too-many-of-client",
    limits: { connectionsPerClient: 3 },
    async play(arena) {
      await known(arena, 6);
      await arena.honest();
    },
  },
  "stalled-file": {
    outcome: "refused.timeout",
    limits: { idleTime: SECOND },
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const [message = PLAIN] = await rogue.client.messages(PLAIN);
      await rogue.stopAt(message, message.byteLength / 2);
      strictEqual((await rogue.ended()).length, 0);
    },
  },
  "dripped-file": {
    outcome: "refused.too-slow",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const [message = PLAIN] = await rogue.client.messages(PLAIN);
      // A quarter of a kilobyte a second.
      const replies = await rogue.drip(pieces(message, 256), () => arena.clock.pass(SECOND));
      deepStrictEqual(replies.map(({ kind }) => kind), ["serverError"]);
    },
  },
  "dripped-packets": {
    outcome: "refused.too-slow",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const messages = await rogue.client.messages(PLAIN, { packets: 500 });
      const replies = await rogue.drip(messages, () => arena.clock.pass(SECOND));
      deepStrictEqual(replies.map(({ kind }) => kind), ["serverError"]);
    },
  },
  "kept-alive-file": {
    outcome: "refused.too-slow",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const [first = PLAIN] = await rogue.client.messages(PLAIN, { packets: 2 });
      await rogue.send(first);
      const kinds = [];
      while (kinds.at(-1) !== "serverError" && kinds.length < 60) {
        arena.clock.forward(SECOND);
        kinds.push((await rogue.client.reconnect())?.kind);
      }
      strictEqual(kinds.at(-1), "serverError");
    },
  },
  "dripped-zeros": {
    outcome: "refused.timeout",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const zeros = new Uint8Array(30);
      const replies = await rogue.drip(pieces(zeros), () => arena.clock.pass(MINUTE / 10));
      strictEqual(replies.length, 0);
    },
  },
  "unread-replies": {
    outcome: "connections-lost",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const { revision, clientId, name } = rogue.client;
      const request = encodeRequest(revision, { kind: "reconnect", clientId, name });
      await rogue.repeat(request, 500);
      await arena.honest();
    },
  },
  "reset-in-file": {
    outcome: "files-cut-off",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const [message = PLAIN] = await rogue.client.messages(PLAIN);
      for (const offset of [300, 5_000, message.byteLength - 1]) {
        const other = await arena.introducedRogue(`Rogue ${offset}`);
        other.client.aesKey = rogue.client.aesKey;
        await other.stopAt((await other.client.messages(PLAIN))[0] ?? PLAIN, offset);
        other[Symbol.dispose]();
      }
    },
  },
  "stopped-anywhere": {
    outcome: "refused.truncated-payload",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const { client } = rogue;
      const { revision, clientId, name } = client;
      const session = [
        encodeRequest(revision, { kind: "reconnect", clientId, name }),
        encodeRequest(revision, { kind: "publicKey", clientId, name, publicKey: PUBLIC_KEY }),
        ...await client.messages(PLAIN.subarray(0, 100), { packets: 2 }),
        client.verdict("crcValid"),
      ];
      const transcript = new Uint8Array(session.flatMap((message) => [...message]));
      for (let offset = 1; offset < transcript.byteLength; offset += 61) {
        using other = await arena.rogue();
        await other.stopAt(transcript, offset);
      }
    },
  },
};

/** A crowd of so many addresses, at a server that takes fewer connections. */
export function crowdOf(
  { limits, addresses }: {
    readonly limits?: Pick<Limits, "connections">;
    readonly addresses: number;
  },
): AttackOnServer {
  return {
    outcome: "refused.client-evicted",
    ignored: NO_ADDRESSES,
    ...(limits && { limits }),
    async play(arena) {
      const victim = await arena.asVictim();
      await victim.client.reconnect();
      const [message = LONG] = await victim.client.messages(LONG);
      const parts = [...pieces(message, 1024)];
      let begun = false;
      const begins = ManyAddresses.begin({
        ...{ port: arena.port, addresses, request: registration() },
      }).finally(() => begun = true);
      // 20 KB/s, far more than each of the crowd sends.
      while (!begun && parts.length > 0) {
        await victim.send(parts.shift() ?? PLAIN);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      await using crowd = await begins;
      // Until then those that go are strangers.
      await crowd.answered();
      // A client that was admitted before stays, and goes on.
      for (const part of parts) await victim.send(part);
      strictEqual((await victim.client.receive())?.kind, "fileReceived");
      victim[Symbol.dispose]();
      await allGetIn(arena);
    },
  };
}
