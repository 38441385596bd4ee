/** Attacks on the files of others while they are sent, and by contents. */

import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BLOCK_SIZE } from "../../../shared/protocol3/crypto/cbc.ts";
import { encodeRequest } from "../../../shared/protocol3/request.ts";
import { lcg } from "../../kernel/golden_vectors.ts";
import type { Arena } from "../arena.ts";
import type { AttacksOnServer } from "../attack.ts";
import type { RoguePeer } from "../rogue_peer.ts";
import { clientIdOf } from "../../../shared/wire/client_id.ts";

const PLAIN = lcg(6, 2_000);
const RIVAL = lcg(7, 2_000);
/** What four blocks can hold. */
const SMALL = PLAIN.subarray(0, 60);
/** A content of a block, and a mebibyte that is announced with it. */
const OVERSIZED = {
  content: new Uint8Array((1 << 20) + BLOCK_SIZE),
  head: { contentSize: BLOCK_SIZE, originalSize: BLOCK_SIZE - 1 },
} as const;
const FILE = { fileName: "new.txt" } as const;
const YEAR = 366 * 24 * 3_600_000;

/** The victim sends a file; in the middle of it, and before its verdict, something else happens. */
async function whileSending(
  arena: Arena,
  attack: (at: "middle" | "verdict", message: readonly Uint8Array[]) => Promise<void>,
): Promise<void> {
  const victim = await arena.asVictim();
  const { client } = victim;
  strictEqual((await client.reconnect())?.kind, "reconnectAccepted");
  const messages = await client.messages(PLAIN, { packets: 3, ...FILE });
  const [first = PLAIN, second = PLAIN, third = PLAIN] = messages;
  await client.send(first, second.subarray(0, 500));
  await attack("middle", messages);
  const reply = await client.ask(second.subarray(500), third);
  strictEqual(reply?.kind, "fileReceived");
  await attack("verdict", messages);
  strictEqual((await client.ask(client.verdict("crcValid", FILE.fileName)))?.kind, "acknowledged");
  const row = await arena.storage.catalog.file(client.clientId, FILE.fileName);
  ok(row);
  strictEqual(row.checksum, reply.checksum);
  deepStrictEqual(await arena.stored(row.location), PLAIN);
}

/** Verdicts of all kinds, each with the victim's id on a connection of its own. */
async function foreignVerdicts(arena: Arena): Promise<void> {
  await Promise.all((["crcValid", "crcRetry", "crcAbort"] as const).map(async (kind) => {
    const { client } = await arena.asVictim();
    strictEqual((await client.ask(client.verdict(kind, FILE.fileName)))?.kind, "serverError");
  }));
}

/** What a content of any bytes is answered with, and that it is the same each time. */
async function answered(rogue: RoguePeer, contents: readonly Uint8Array[]): Promise<void> {
  const { client } = rogue;
  const sums = [];
  for (const content of contents) {
    const reply = await client.file(SMALL, { content });
    ok(reply?.kind === "fileReceived", `${reply?.kind}`);
    strictEqual(reply.contentSize, content.byteLength);
    sums.push(reply.checksum);
    await client.ask(client.verdict("crcAbort"));
  }
  strictEqual(new Set(sums).size, contents.length);
}

/** The attacks by their names. */
export const ATTACKS_BY_UPLOADS: AttacksOnServer = {
  "foreign-verdict": {
    outcome: "refused.no-upload",
    async play(arena) {
      await whileSending(
        arena,
        (at) => at === "verdict" ? foreignVerdicts(arena) : Promise.resolve(),
      );
    },
  },
  "set-clock": {
    outcome: "harmless",
    async play(arena) {
      await whileSending(arena, async (at) => {
        // Who has begun goes on, and who has left comes back for what is parked.
        const peer = await arena.introducedRogue(`Peer ${at}`);
        const { clientId, aesKey, name } = peer.client;
        const [first = PLAIN, second = PLAIN] = await peer.client.messages(PLAIN, { packets: 2 });
        await peer.send(first);
        peer[Symbol.dispose]();
        arena.clock.dateSet = at === "middle" ? YEAR : -YEAR;
        const { client } = await arena.rogue(name.text);
        Object.assign(client, { clientId, aesKey });
        await client.send(second);
        strictEqual((await client.receive())?.kind, "fileReceived");
        strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
        await arena.honest();
      });
    },
  },
  "foreign-verdict-in-the-middle": {
    outcome: "refused.no-upload",
    async play(arena) {
      await whileSending(
        arena,
        (at) => at === "middle" ? foreignVerdicts(arena) : Promise.resolve(),
      );
    },
  },
  "foreign-packet": {
    outcome: "refused.bad-packet-number",
    async play(arena) {
      await whileSending(arena, async (at, [, second = PLAIN, third = PLAIN]) => {
        if (at === "verdict") return;
        await Promise.all([second, third].map(async (packet) => {
          const { client } = await arena.asVictim();
          strictEqual((await client.ask(packet))?.kind, "serverError");
        }));
      });
    },
  },
  "rival-file": {
    outcome: "harmless",
    async play(arena) {
      await whileSending(arena, async () => {
        const { client } = await arena.asVictim();
        strictEqual((await client.file(RIVAL, FILE))?.kind, "fileReceived");
        // Given up, or left lying: either way it is not the victim's.
        await client.send(client.verdict("crcAbort", FILE.fileName));
        strictEqual((await client.receive())?.kind, "acknowledged");
        strictEqual((await client.file(RIVAL, FILE))?.kind, "fileReceived");
      });
    },
  },
  "swapped-key": {
    outcome: "harmless",
    async play(arena) {
      await whileSending(arena, async () => {
        const { client } = await arena.asVictim();
        strictEqual((await client.reconnect())?.kind, "reconnectAccepted");
        strictEqual((await client.bringKey())?.kind, "keyAccepted");
      });
    },
  },
  "foreign-name": {
    outcome: "refused.name-mismatch",
    async play(arena) {
      const { client } = await arena.introducedRogue();
      const victim = (await arena.asVictim()).client;
      const { revision } = client;
      const mixed = [
        { kind: "reconnect", clientId: client.clientId, name: victim.name },
        { kind: "reconnect", clientId: victim.clientId, name: client.name },
      ] as const;
      for (const request of mixed) {
        strictEqual((await client.ask(encodeRequest(revision, request)))?.kind, "reconnectRefused");
      }
    },
  },
  "same-file-name": {
    outcome: "harmless",
    async play(arena) {
      const { client } = await arena.introducedRogue();
      for (const fileName of ["kept.txt", "KEPT.TXT", "./kept.txt", "../kept.txt"]) {
        strictEqual((await client.file(RIVAL, { fileName }))?.kind, "fileReceived");
        strictEqual((await client.ask(client.verdict("crcValid", fileName)))?.kind, "acknowledged");
      }
    },
  },
  "abandoned-files": {
    outcome: "files-kept-unverified",
    async play(arena) {
      const { client } = await arena.introducedRogue();
      for (let at = 0; at < 70; at++) {
        using other = await arena.rogue();
        const owner = Object.assign(other.client, {
          clientId: client.clientId,
          aesKey: client.aesKey,
        });
        const reply = await owner.file(PLAIN, { fileName: `${at}.txt` });
        strictEqual(reply?.kind, "fileReceived");
      }
    },
  },
  "parked-uploads": {
    outcome: "files-cut-off",
    async play(arena) {
      const victim = await arena.asVictim();
      await victim.client.reconnect();
      const [first = PLAIN, second = PLAIN] = await victim.client.messages(PLAIN, { packets: 2 });
      await victim.send(first);
      victim[Symbol.dispose]();
      for (let client = 0; client < 9; client++) {
        const { client: { clientId, aesKey } } = await arena.introducedRogue(`Rogue ${client}`);
        for (let at = 0; at < 64; at++) {
          using other = await arena.rogue();
          const owner = Object.assign(other.client, { clientId, aesKey });
          const [begun = PLAIN] = await owner.messages(PLAIN, { packets: 2, fileName: `${at}` });
          await other.send(begun);
        }
      }
      // A client that is admitted now comes after all of these.
      await arena.honest();
      using back = await arena.asVictim();
      await back.send(second);
      strictEqual((await back.client.receive())?.kind, "fileReceived");
    },
  },
  "hoarded-room": {
    outcome: "refused.client-bytes-exceeded",
    limits: { bytesPerClient: 1 << 22 },
    async play(arena) {
      const { client } = await arena.introducedRogue();
      const head = { contentSize: 1 << 23, originalSize: (1 << 23) - 1 };
      const [first = PLAIN] = await client.messages(PLAIN, { packets: 2, head });
      strictEqual((await client.ask(first))?.kind, "serverError");
    },
  },
  "announced-room": {
    outcome: "harmless",
    limits: { fileSize: 1 << 30, bytes: 150 << 20 },
    async play(arena) {
      const { client } = await arena.introducedRogue();
      const head = { contentSize: 100 << 20, originalSize: (100 << 20) - 1 };
      for (let at = 0; at < 20; at++) {
        const other = (await arena.rogue()).client;
        Object.assign(other, { clientId: client.clientId, aesKey: client.aesKey });
        const options = { fileName: `${at}.txt`, packets: 2, head };
        const [first = PLAIN] = await other.messages(PLAIN, options);
        await other.send(first);
      }
      // What 20 files announced is not there, and yet there is room for what really comes.
      await arena.honest();
    },
  },
  "surplus-of-own-ids": {
    outcome: "harmless",
    async play(arena) {
      const { client } = await arena.introducedRogue();
      const surplus = new Uint8Array(1 << 20);
      for (let at = 0; at < surplus.byteLength; at += 16) surplus.set(client.clientId, at);
      const [first = PLAIN] = await client.messages(SMALL, OVERSIZED);
      const content = first.subarray(0, first.byteLength - surplus.byteLength);
      const reply = await client.ask(content, surplus);
      strictEqual(reply?.kind, "fileReceived");
      strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "acknowledged");
    },
  },
  "surplus-of-a-refused-file": {
    outcome: "refused.unknown-client",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      rogue.client.clientId = clientIdOf(new Uint8Array(16).fill(0x5a));
      const [first = PLAIN] = await rogue.client.messages(SMALL, OVERSIZED);
      await rogue.send(first, rogue.client.verdict("crcValid"));
      deepStrictEqual((await rogue.ended()).map(({ kind }) => kind), ["serverError"]);
    },
  },
  "bad-padding": {
    outcome: "harmless",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const contents = Array.from({ length: 40 }, (_, seed) => lcg(seed, 4 * BLOCK_SIZE));
      await answered(rogue, contents);
    },
  },
  "flipped-bits": {
    outcome: "harmless",
    async play(arena) {
      const rogue = await arena.introducedRogue();
      const [message = PLAIN] = await rogue.client.messages(SMALL);
      const content = message.slice(-4 * BLOCK_SIZE);
      notStrictEqual(content.byteLength, 0);
      const contents = Array.from({ length: content.byteLength }, (_, at) => {
        const changed = content.slice();
        changed[at] = (changed[at] ?? 0) ^ 0x10;
        return changed;
      });
      await answered(rogue, [content, ...contents]);
    },
  },
};
