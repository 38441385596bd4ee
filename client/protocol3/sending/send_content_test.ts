import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { encryptedSize, importAesKey } from "../../../shared/protocol3/crypto/cbc.ts";
import { type RevisionName, REVISIONS } from "../../../shared/protocol3/revision.ts";
import { lcg } from "../../../tests/kernel/golden_vectors.ts";
import { failsWith, IDENTITY, OwnParty } from "../../../tests/peers/own_party.ts";
import { ScriptedServer } from "../../../tests/peers/scripted_server.ts";
import { always } from "../../../tests/peers/scripts.ts";
import { EXIT } from "../../client_error.ts";
import { ServerLink } from "../connection/server_link.ts";
import type { Quirks } from "../../settings/send_settings.ts";
import type { LocalFile } from "../../uplink.ts";
import { ConcurrentContents } from "./encrypted_content.ts";
import { sendContent } from "../file_transfer.ts";
import { LenientClock } from "../../../tests/peers/lenient_clock.ts";

/** Many chunks, so that most of it is still to be read when the first ones are sent. */
const SIZE = 4 * 1024 * 1024;

/** The most bytes of a packet that leave in one write as a whole. */
const WRITE_SIZE = 256 * 1024;

/** Bytes that a larger packet begins with in one write. */
const FIRST_WRITE = 64 * 1024;

const ignored = () => {};

/** How a file can change while the client reads it. */
const CHANGES: Readonly<Record<string, (path: string) => void>> = {
  shrinks: (path) => Deno.truncateSync(path, SIZE / 2),
  "becomes empty": (path) => Deno.truncateSync(path, 0),
  grows: (path) => Deno.writeTextFileSync(path, "more", { append: true }),
  "is written over": (path) => {
    using file = Deno.openSync(path, { write: true });
    file.writeSync(lcg(15, SIZE));
    // Whatever the clock of the file system: a later time.
    file.utimeSync(2_000_000_000, 2_000_000_000);
  },
};

/** Sends content to a server that says nothing to it; the sizes of the writes that it leaves in. */
async function writesOf(
  file: LocalFile,
  { name, packetSize }: { readonly name: RevisionName; readonly packetSize: number },
): Promise<readonly number[]> {
  await using server = new ScriptedServer({
    revision: name,
    onFileHead: always("file", "nothing"),
  });
  const revision = REVISIONS[name];
  const quirks: Quirks = new Set();
  const link = await ServerLink.open({
    server: server.address,
    revisions: [revision],
    timeout: 30_000,
    clock: new LenientClock(),
    quirks,
    onDeviation() {},
  });
  const writes: number[] = [];
  const send = link.send.bind(link);
  link.send = (bytes) => {
    if (bytes.byteLength > 0) writes.push(bytes.byteLength);
    return send(bytes);
  };
  try {
    const key = await importAesKey(new Uint8Array(32));
    const { clientId } = IDENTITY;
    await sendContent(file, {
      ...{ link, revision, clientId, key, packetSize, quirks },
      packetDelay: 0,
      contents: new ConcurrentContents(),
      clock: new LenientClock(),
      onProgress: ignored,
      onPacket: () => Promise.resolve(),
    });
  } finally {
    await link.close();
  }
  return writes;
}

for (const [how, change] of Object.entries(CHANGES)) {
  for (const revision of ["2023a", "2024a"] as const) {
    Deno.test(`A file that ${how} while it is sent in ${revision} is not kept`, async () => {
      await using server = new ScriptedServer({ revision });
      await using own = await OwnParty.oldFriend(server);
      const session = await own.session(server);
      const file = await own.file("a.bin", lcg(16, SIZE));
      let changed = false;
      const sending = session.send(file, () => {
        if (!changed) change(file.path);
        changed = true;
      });
      await failsWith(sending, { reason: "file-changed", exitCode: EXIT.usage });
      ok(changed);
      ok(!server.heard.flat().includes("crcValid"));
      deepStrictEqual(own.troubles, []);
      // The server waits for the rest of that file, so the next one needs another connection.
      await session.send(await own.file("b.txt", "b"), ignored);
      deepStrictEqual(server.heard[1], ["reconnect", "file", "crcValid"]);
      deepStrictEqual([...server.files.keys()], ["b.txt"]);
    });
  }
}

Deno.test("A file that changed since it was looked at is not kept", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server);
  const file = await own.file("a.txt", "12345");
  await Deno.writeTextFile(file.path, "123456");
  await failsWith(session.send(file, ignored), { reason: "file-changed", exitCode: EXIT.usage });
  strictEqual(server.files.size, 0);
});

Deno.test("A file that was removed since it was looked at is missing", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server);
  const file = await own.file("a.txt", "12345");
  await Deno.remove(file.path);
  await failsWith(session.send(file, ignored), { reason: "file-missing", exitCode: EXIT.usage });
});

Deno.test("A packet size that is too small fails neither connection nor next file", async () => {
  await using server = new ScriptedServer({ revision: "2024a" });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server, { packetSize: 1 });
  await failsWith(session.send(await own.file("a.bin", lcg(17, 65_536)), ignored), {
    reason: "packet-size-too-small",
    exitCode: EXIT.usage,
    message: /at least 2$/,
  });
  await session.send(await own.file("b.txt", "b"), ignored);
  strictEqual(server.heard.length, 1);
  ok(server.files.has("b.txt"));
});

for (const packetSize of [1, 7, 16, 1000]) {
  Deno.test(`A file may come in packets of ${packetSize} bytes`, async () => {
    const plain = lcg(18, 3_000);
    await using server = new ScriptedServer({ revision: "2024c" });
    await using own = await OwnParty.oldFriend(server);
    const session = await own.session(server, { packetSize });
    await session.send(await own.file("a.bin", plain), ignored);
    const packets = server.requests.filter(({ kind }) => kind === "file").length;
    strictEqual(packets, Math.ceil(encryptedSize(3_000) / packetSize));
    deepStrictEqual(server.files.get("a.bin"), new Uint8Array(plain));
  });
}

for (const name of ["2022c", "2023a", "2024a"] as const) {
  Deno.test(`A file request of 256 KiB in ${name} is one write, a larger one two`, async () => {
    const room = WRITE_SIZE - 23 - REVISIONS[name].requests.file.layout.size;
    const most = room - room % 16 - 1;
    const packetSize = encryptedSize(most + 16);
    await using own = await OwnParty.stranger();
    const fits = await own.file("a.bin", lcg(19, most));
    strictEqual((await writesOf(fits, { name, packetSize })).length, 1);
    const exceeds = await own.file("b.bin", lcg(19, most + 16));
    const [firstWrite, ...others] = await writesOf(exceeds, { name, packetSize });
    strictEqual(firstWrite, FIRST_WRITE);
    const size = 23 + REVISIONS[name].requests.file.layout.size + packetSize;
    strictEqual(others.reduce((sum, write) => sum + write, FIRST_WRITE), size);
  });
}

for (const packetSize of [1_000, 32 * 1024, 200_000]) {
  Deno.test(`Each packet of ${packetSize} bytes leaves in a write of its own`, async () => {
    const size = 1_000_000;
    const head = 23 + REVISIONS["2024a"].requests.file.layout.size;
    await using own = await OwnParty.stranger();
    const file = await own.file("a.bin", lcg(20, size));
    const writes = await writesOf(file, { name: "2024a", packetSize });
    const last = encryptedSize(size) % packetSize || packetSize;
    const others = Array(Math.ceil(encryptedSize(size) / packetSize) - 1).fill(packetSize);
    deepStrictEqual(writes, [...others, last].map((content) => head + content));
  });
}
