/**
 * Whole sessions at debug level: what may not stand in a log does not, and no line of it can be
 * forged.
 */

import { doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { addressKey } from "../../server/listening/admission/peer_addresses.ts";
import { openListeners } from "../../server/listening/accepting/addresses.ts";
import { LOG_FORMATS, type LogFormat, openLog } from "../../server/observe/log.ts";
import { runServer } from "../../server/run_server.ts";
import { openStorage } from "../../server/storage/open_storage.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { type ClientId, clientIdHint, clientIdOf } from "../../shared/wire/client_id.ts";
import { REQUEST_HEADER } from "../../shared/protocol3/message.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { TextField } from "../../shared/wire/layout.ts";
import { GOLDEN, hex } from "../kernel/golden_vectors.ts";
import { IDENTITY, OwnParty } from "../peers/own_party.ts";
import { ScriptedServer } from "../peers/scripted_server.ts";
import { either, first, wrongChecksum } from "../peers/scripts.ts";
import { SocketLink } from "../peers/socket_link.ts";
import { PUBLIC_KEY, TestClient } from "../peers/test_client.ts";
import { LIMITS } from "../peers/test_services.ts";

const CONTENT = "Content that nobody is to find in a log. ".repeat(30);

/**
 * Bytes of a secret that may stand in a log by chance or on purpose: four digits of an id are two.
 */
const WINDOW = 6;

/** All characters that are invisible, move the cursor, or change the direction of writing. */
const NOT_SHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** A name that does all it can; it fits into its field in UTF-8. */
const FORGERY =
  "x'\n 09:00:00.000  info  #9 Stored 'y': 3 bytes\r\x1b[31m\x9b2J\u202e\u2028\u0085\"}{";

/** All that the server writes about a session in which much goes wrong, and the secrets in it. */
interface Told {
  readonly writes: readonly string[];
  readonly secrets: Readonly<Record<string, Uint8Array>>;
  readonly clientId: ClientId;
}

async function serverLog(format: LogFormat): Promise<Told> {
  await using folder = await temporaryFolder();
  const data = join(folder.path, "data");
  const writes: string[] = [];
  const write = (line: string) => void writes.push(line);
  const log = await openLog({
    level: "debug",
    format,
    colors: false,
    write,
    addressKey,
    clock: SYSTEM_CLOCK,
  });
  await using storage = await openStorage({ clock: SYSTEM_CLOCK, data, database: undefined });
  const stopping = new AbortController();
  const listeners = openListeners([{ host: "127.0.0.1", port: 0 }], "auto");
  const running = runServer({
    clock: SYSTEM_CLOCK,
    ...storage,
    listeners,
    log,
    limits: LIMITS,
    strict: false,
    grace: 10_000,
    stopping: stopping.signal,
  });
  const [{ listener } = { listener: undefined }] = listeners;
  ok(listener);
  const connect = () => SocketLink.to(listener);
  const secrets = await talkAboutSecrets(connect, data);
  stopping.abort();
  await running;
  return { writes, ...secrets };
}

/**
 * A client that registers, sends, resends, and says what is wrong in many ways; over some
 * connections.
 */
async function talkAboutSecrets(
  connect: () => Promise<SocketLink>,
  data: string,
): Promise<Omit<Told, "writes">> {
  const plain = new TextEncoder().encode(CONTENT);
  using line = await connect();
  const client = new TestClient(line, { name: FORGERY.slice(0, 60) });
  await client.register();
  const keys = [await client.bringKey(), await client.reconnect()].map(encryptedKeyIn);
  const { clientId, aesKey } = client;
  ok(aesKey);
  const fileName = FORGERY;
  const [message = plain] = await client.messages(plain, { fileName });
  for (const kind of ["crcRetry", "crcValid"] as const) {
    strictEqual((await client.file(plain, { fileName }))?.kind, "fileReceived");
    await client.send(client.verdict(kind, fileName));
    if (kind === "crcValid") strictEqual((await client.receive())?.kind, "acknowledged");
  }
  // Each refusal has a log line with details.
  await client.file(plain, { fileName, head: { packet: 9, packets: 3 } });
  await client.ask(client.verdict("crcAbort", fileName));
  await client.bringKey(PUBLIC_KEY.with(20, 0));
  const guess = clientIdOf(new Uint8Array(16).fill(0xd7));
  await new TestClient(line, { clientId: guess, aesKey }).reconnect();
  await new TestClient(line, { clientId, name: "Somebody else" }).reconnect();
  await client.file(plain, { fileName: new TextField(new Uint8Array(255).fill(0x1b)) });
  // A deviation, and a disk that is not as it should be: the error is about a path with the id.
  await client.file(plain, { fileName: "a.txt", head: { packet: 0 } });
  const home = join(data, "received_files", Buffer.from(clientId).toString("hex"));
  await Deno.rename(home, `${home}.away`);
  await Deno.symlink(data, home);
  strictEqual((await client.ask(client.verdict("crcValid", "a.txt")))?.kind, "serverError");
  await client.ask(REQUEST_HEADER.encode({ clientId, version: 3, code: 4, payloadSize: 9 }));
  {
    using cutOff = await connect();
    const other = client.over(cutOff);
    await other.send(message.subarray(0, message.byteLength - 20));
  }
  const privateKey = hex(GOLDEN.rsa.pkcs8Hex);
  const secrets = { clientId, guess, aesKey, publicKey: PUBLIC_KEY, privateKey, plain, message };
  return { clientId, secrets: { ...secrets, ...Object.fromEntries(keys.entries()) } };
}

function encryptedKeyIn(reply: Reply | undefined): Uint8Array {
  ok(reply?.kind === "keyAccepted" || reply?.kind === "reconnectAccepted");
  return reply.encryptedKey;
}

/** Fails if a part of a secret stands in a text, in any of the forms in which bytes are written. */
function assertKept(text: string, secrets: Readonly<Record<string, Uint8Array>>): void {
  const lower = text.toLowerCase();
  // An array of bytes is an object to JSON, `{"0":12,"1":7}`, and has several lines elsewhere.
  const numbers = text.replace(/"\d+":/g, "").replace(/\s+/g, "").replaceAll("\\n", "");
  for (const [what, secret] of Object.entries(secrets)) {
    for (let at = 0; at + WINDOW <= secret.byteLength; at += WINDOW) {
      const bytes = Buffer.from(secret.subarray(at, at + WINDOW));
      // Zeros, or letters of a name in the field of a message, are no secret.
      if (new Set(bytes).size < 3) continue;
      ok(!lower.includes(bytes.toString("hex")), `${what} stands there in hexadecimal digits`);
      ok(!numbers.includes(bytes.join(",")), `${what} stands there in numbers`);
    }
    // A piece of base64 tells three bytes by four characters from where its secret begins.
    const base64 = Buffer.from(secret).toString("base64").slice(0, 24);
    ok(!text.includes(base64), `${what} stands there in base64`);
    ok(!text.includes(base64.replaceAll("+", "-").replaceAll("/", "_")), `${what} is in base64url`);
  }
  doesNotMatch(text, /Content that nobody/);
}

for (const format of LOG_FORMATS) {
  Deno.test(`a ${format} log at debug level holds no whole id, no key and no content`, async () => {
    const { writes, secrets, clientId } = await serverLog(format);
    const text = writes.join("");
    // It says much, and of the client as much as it may.
    ok(writes.length > 20, text);
    match(text, new RegExp(clientIdHint(clientId).slice(0, 4)));
    for (
      const word of ["debug", "registered", "Stored", "path-not-a-folder", "bad-packet-number"]
    ) {
      match(text, new RegExp(word, "i"));
    }
    assertKept(text, secrets);
  });

  Deno.test(`names of clients and files forge no line of a ${format} log`, async () => {
    const { writes } = await serverLog(format);
    for (const line of writes) {
      ok(line.endsWith("\n"));
      doesNotMatch(line.slice(0, -1), NOT_SHOWN);
      if (format === "json") ok(typeof JSON.parse(line) === "object");
      else match(line, /^\d{4}-\d\d-\d\dT\S+\s+(?:debug|info|warn(?:ing)?|error)\s/);
    }
  });
}

Deno.test("the output of --verbose has no whole id, key or content", async () => {
  await using server = new ScriptedServer({
    revision: "2024a",
    onRequest: either(
      first(1, "reconnect", { kind: "serverError" }),
      first(1, "file", wrongChecksum),
    ),
  });
  await using own = await OwnParty.oldFriend(server);
  const session = await own.session(server);
  await session.send(await own.file("secret.txt", CONTENT), () => {});
  await using stranger = await OwnParty.stranger();
  const another = await stranger.session(server, { name: "Another" });
  await another.send(await stranger.file("secret.txt", CONTENT), () => {});
  const identity = await stranger.files.load();
  ok(identity);
  const lines = [own, stranger].flatMap(({ details, troubles }) => [...details, ...troubles]);
  ok(lines.length > 8, lines.join("\n"));
  assertKept(lines.join("\n"), {
    clientId: IDENTITY.clientId,
    privateKey: IDENTITY.privateKey,
    anotherId: identity.clientId,
    anotherKey: identity.privateKey,
  });
});
