import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { FieldServer } from "../../tests/field/field_server.ts";
import { OwnServer } from "../../tests/field/server_of_our_own.ts";
import { lcg } from "../../tests/kernel/golden_vectors.ts";
import { ON_RECORD, OwnParty } from "../../tests/peers/own_party.ts";
import { ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { connectionsFor, sendFiles, usualConnections } from "./send_files.ts";

/** Large enough that each gets a connection of its own. */
const SIZE = 1024 * 1024;
const NAMES = ["a.bin", "b.bin", "c.bin", "d.bin", "e.bin", "f.bin"] as const;

/** Limit of each wait, in milliseconds: far longer than the whole takes on a busy machine. */
const TIMEOUT = 120_000;

const CONTENTS = new Map(NAMES.map((name) => [name, lcg(name.charCodeAt(0), SIZE)]));

/** Sends `NAMES` over at most three connections. */
async function sendAll(
  server: Pick<ScriptedServer, "address" | "revision">,
  { own, retries = 3, parallel = 3 }: {
    readonly own: OwnParty;
    readonly retries?: number;
    readonly parallel?: number;
  },
) {
  const session = await own.session(server, { timeout: TIMEOUT, retries });
  for (const [name, content] of CONTENTS) await own.file(name, content);
  const told: string[] = [];
  const outcomes = await sendFiles(NAMES.map((name) => join(own.folder, name)), {
    now: () => 0,
    uplink: session,
    parallel,
    onProgress() {},
    onOutcome: ({ file }) => told.push(file),
  });
  await session.close();
  return { outcomes: outcomes.map(({ file, status }) => [file.slice(-5), status]), told };
}

function allSent(names: readonly string[] = NAMES) {
  return names.map((name) => [name, "sent"]);
}

function checkFiles(files: ReadonlyMap<string, Uint8Array>): void {
  deepStrictEqual(new Map([...files].sort(([a], [b]) => a < b ? -1 : 1)), CONTENTS);
}

/** A server that answers a reconnect like this while another connection is open. */
function serverOfOne(action: "close" | "deaf" | "error"): ScriptedServer {
  const server: ScriptedServer = new ScriptedServer({
    revision: "2024a",
    onRequest({ kind }) {
      const open = server.connections.filter(({ ended }) => !ended);
      if (kind !== "reconnect" || open.length === 1) return undefined;
      return action === "error" ? { kind: "serverError" } : action;
    },
  });
  return server;
}

for (const revision of ["2024a", "2024c", "2023a"] as const) {
  Deno.test(`sendFiles() sends large files over several connections in ${revision}`, async () => {
    await using server = await OwnServer.open(revision);
    await using own = await OwnParty.stranger();
    const { outcomes, told } = await sendAll({ address: server.address, revision }, { own });
    deepStrictEqual(outcomes, allSent());
    strictEqual(told.length, NAMES.length);
    checkFiles(new Map(Object.entries(await server.files())));
    const said = (beginning: string) =>
      own.details.filter((line) => line.startsWith(beginning)).length;
    strictEqual(said("Connected"), 3);
    strictEqual(said("Registered"), 1);
    strictEqual(said("Reconnected"), 2);
    deepStrictEqual(own.troubles, []);
  });
}

for (const action of ["close", "error"] as const) {
  Deno.test(`sendFiles() goes on over one connection after a ${action} for others`, async () => {
    await using server = serverOfOne(action);
    await using own = await OwnParty.oldFriend(server);
    deepStrictEqual((await sendAll(server, { own })).outcomes, allSent());
    checkFiles(server.files);
    ok(server.connections.length >= 2);
  });
}

Deno.test("sendFiles() does not wait for connections that are not answered", async () => {
  await using server = serverOfOne("deaf");
  await using own = await OwnParty.oldFriend(server);
  const begun = performance.now();
  deepStrictEqual((await sendAll(server, { own })).outcomes, allSent());
  ok(performance.now() - begun < TIMEOUT - 1_000, "It waited until the timeout");
  checkFiles(server.files);
  deepStrictEqual(own.troubles, []);
});

for (const revision of ["2024a", "2023c", "2022c"] as const) {
  Deno.test(`sendFiles() notices one key for all connections in ${revision}`, async () => {
    await using server = new FieldServer({ revision });
    await using own = await OwnParty.oldFriend();
    server.admit(ON_RECORD);
    deepStrictEqual((await sendAll(server, { own, retries: 0 })).outcomes, allSent());
    checkFiles(server.files);
  });
}

Deno.test("sendFiles() resends what a server decrypted with another connection's key", async () => {
  const server: ScriptedServer = new ScriptedServer({
    revision: "2024a",
    async onRequest({ kind }, { connection, official }) {
      if (kind !== "file") return undefined;
      const reply = await official();
      const [first, second] = server.connections;
      const spoilt = connection === first && second !== undefined;
      if (reply?.kind !== "fileReceived" || !spoilt) return reply ?? "nothing";
      return { ...reply, checksum: reply.checksum ^ 1 };
    },
  });
  await using _ = server;
  await using own = await OwnParty.oldFriend(server);
  const { outcomes } = await sendAll(server, { own, retries: 0, parallel: 2 });
  deepStrictEqual(outcomes, allSent());
  checkFiles(server.files);
  // A new connection in place of the first one, and nothing that counts as a retry.
  strictEqual(server.connections.length, 3);
  ok(!server.heard.flat().includes("crcRetry"));
});

Deno.test("sendFiles() has a connection that is lost give its file back", async () => {
  let lost = false;
  await using server = new ScriptedServer({
    revision: "2024a",
    onFileHead(_request, { connection }) {
      if (lost || connection === server.connections[0]) return undefined;
      lost = true;
      return "close";
    },
  });
  await using own = await OwnParty.oldFriend(server);
  deepStrictEqual((await sendAll(server, { own })).outcomes, allSent());
  ok(lost);
  checkFiles(server.files);
});

Deno.test("connectionsFor() counts a connection per large file, and shares small ones", () => {
  strictEqual(connectionsFor([], 4), 1);
  strictEqual(connectionsFor([SIZE], 4), 1);
  strictEqual(connectionsFor([SIZE, SIZE], 4), 2);
  strictEqual(connectionsFor([1, 1, 1], 4), 1);
  strictEqual(connectionsFor(Array(2_000).fill(4_096), 16), 16);
  strictEqual(connectionsFor(Array(2_000).fill(4_096), 1), 1);
});

Deno.test("usualConnections() goes by cores, and by what the server is known to count on", () => {
  strictEqual(usualConnections(1, { hasQuirks: false }), 8);
  strictEqual(usualConnections(64, { hasQuirks: false }), 16);
  strictEqual(usualConnections(64, { hasQuirks: true }), 1);
});
