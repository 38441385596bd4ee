import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { FileRequest } from "../../shared/protocol3/request.ts";
import { isRevisionName, type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { lcg } from "../../tests/kernel/golden_vectors.ts";
import { failsWith, NAME, OwnParty } from "../../tests/peers/own_party.ts";
import { ScriptedServer } from "../../tests/peers/scripted_server.ts";
import { EXIT } from "../client_error.ts";

const REVISION_NAMES = Object.keys(REVISIONS).filter(isRevisionName);
const PLAIN = "The quick brown fox jumps over the lazy dog.\n";
/** The `cksum` of `PLAIN`. */
const CKSUM = 3040684256;

const ignored = () => {};

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

/** Sends `PLAIN` from a client that no server knows; returns the requests received. */
async function sendFirstFile(
  spoken: RevisionName,
  revision: RevisionName | "auto",
): Promise<ScriptedServer["heard"]> {
  await using server = new ScriptedServer({ revision: spoken });
  await using own = await OwnParty.stranger();
  const session = await own.session(server, { revision });
  const sent = await session.send(await own.file("fox.txt", PLAIN), ignored);
  deepStrictEqual(sent, { checksum: CKSUM, revision: spoken, attempts: 1 });
  strictEqual(text(server.files.get("fox.txt")), PLAIN);
  deepStrictEqual(own.troubles, []);
  return server.heard;
}

for (const name of REVISION_NAMES) {
  Deno.test(`A session in ${name} registers, sends and confirms a file`, async () => {
    const heard = await sendFirstFile(name, name);
    deepStrictEqual(heard, [["register", "publicKey", "file", "crcValid"]]);
  });

  if (name === "2022c") continue;
  Deno.test(`A session finds out that a server speaks ${name}, and sends it a file`, async () => {
    const heard = await sendFirstFile(name, "auto");
    deepStrictEqual(heard.at(-1), ["register", "publicKey", "file", "crcValid"]);
  });
}

Deno.test("A session sends name, id and key in the layout of the protocol", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.stranger();
  const session = await own.session(server);
  await session.send(await own.file("fox.txt", PLAIN), ignored);
  const [register, publicKey, file, crcValid] = server.requests;
  const identity = await own.files.load();
  ok(register?.kind === "register" && publicKey?.kind === "publicKey");
  ok(file?.kind === "file" && crcValid?.kind === "crcValid");
  deepStrictEqual(register.clientId, new Uint8Array(16));
  strictEqual(register.name.text, NAME);
  strictEqual(publicKey.name.text, NAME);
  strictEqual(publicKey.publicKey.byteLength, 160);
  for (const { clientId } of [publicKey, file, crcValid]) {
    deepStrictEqual(clientId, identity?.clientId);
  }
  strictEqual(file.originalSize, PLAIN.length);
  strictEqual(crcValid.fileName.text, "fox.txt");
});

for (const name of REVISION_NAMES) {
  Deno.test(`Each request of a small file in ${name} leaves in one write`, async () => {
    await using server = new ScriptedServer({ revision: name });
    await using own = await OwnParty.stranger();
    const session = await own.session(server);
    await session.send(await own.file("fox.txt", PLAIN), ignored);
    const { file, crcValid } = REVISIONS[name].requests;
    // A write of so few bytes comes over the loopback in one piece.
    deepStrictEqual(server.connections[0]?.reads, [
      23 + 255,
      23 + 255 + 160,
      23 + file.layout.size + 48,
      23 + crcValid.layout.size,
    ]);
  });
}

Deno.test("A session sends a file in packets numbered from 1", async () => {
  const plain = lcg(1, 100_000);
  await using server = new ScriptedServer({ revision: "2024c" });
  await using own = await OwnParty.stranger();
  const session = await own.session(server, { packetSize: 30_000 });
  await session.send(await own.file("a.bin", plain), ignored);
  const packets = server.requests.filter((seen): seen is FileRequest => seen.kind === "file");
  deepStrictEqual(
    packets.map(({ packet, packets, packetSize, contentSize, originalSize }) => [
      ...[packet, packets, packetSize],
      ...[contentSize, originalSize],
    ]),
    [
      [1, 4, 30_000, 100_000 + 16, 100_000],
      [2, 4, 30_000, 100_000 + 16, 100_000],
      [3, 4, 30_000, 100_000 + 16, 100_000],
      [4, 4, 10_016, 100_000 + 16, 100_000],
    ],
  );
  deepStrictEqual(server.files.get("a.bin"), new Uint8Array(plain));
});

Deno.test("A session takes a file that is empty", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.stranger();
  const session = await own.session(server);
  const sent = await session.send(await own.file("nothing.txt", ""), ignored);
  strictEqual(sent.checksum, 4294967295);
  strictEqual(server.files.get("nothing.txt")?.byteLength, 0);
});

Deno.test("A session tells how much of a file was sent, up to all of it", async () => {
  const size = 3_000_000;
  await using server = new ScriptedServer({ revision: "2023a" });
  await using own = await OwnParty.stranger();
  const session = await own.session(server);
  const told: number[] = [];
  await session.send(await own.file("a.bin", lcg(2, size)), (sent) => told.push(sent));
  ok(told.length > 1);
  deepStrictEqual(told, told.toSorted((a, b) => a - b));
  strictEqual(told.at(-1), size);
});

Deno.test("A session sends several files over one connection, result once", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server);
  await session.send(await own.file("a.txt", "a"), ignored);
  await session.send(await own.file("b.txt", "b"), ignored);
  deepStrictEqual(server.heard, [["reconnect", "file", "crcValid", "file", "crcValid"]]);
  strictEqual(text(server.files.get("a.txt")), "a");
  strictEqual(text(server.files.get("b.txt")), "b");
});

Deno.test("A session reconnects for a file after the server has closed", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: ({ kind }, { nth }) =>
      kind === "crcValid" && nth === 1 ? ["official", "close"] : undefined,
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server);
  await session.send(await own.file("a.txt", "a"), ignored);
  await session.send(await own.file("b.txt", "b"), ignored);
  strictEqual(server.heard.length, 2);
  deepStrictEqual([...server.files.keys()], ["a.txt", "b.txt"]);
});

Deno.test("Two runs of a client are the same client, with the same key", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.stranger();
  const firstRun = await own.session(server);
  await firstRun.send(await own.file("a.txt", "a"), ignored);
  const before = await own.identityFiles();
  const secondRun = await own.session(server);
  await secondRun.send(await own.file("b.txt", "b"), ignored);
  deepStrictEqual(server.heard.at(-1), ["reconnect", "file", "crcValid"]);
  deepStrictEqual(await own.identityFiles(), before);
});

Deno.test("close() may be called again and again, and nothing is sent after it", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { retryTime: 60_000 });
  await session.send(await own.file("a.txt", "a"), ignored);
  await session.close();
  await session.close();
  const late = session.send(await own.file("b.txt", "b"), ignored);
  await failsWith(late, {
    reason: "connection-lost",
    exitCode: EXIT.failed,
    message: /The session was closed/,
  });
  deepStrictEqual(server.heard, [["reconnect", "file", "crcValid"]]);
});
