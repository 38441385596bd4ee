import { ok, strictEqual } from "node:assert/strict";
import { importPrivateKey } from "../../shared/protocol3/crypto/key_transport.ts";
import {
  digits,
  GOLDEN,
  GOLDEN_REVISIONS,
  type GoldenRevision,
  hex,
  plainOf,
  type REPLY_IDS,
  type REQUEST_IDS,
} from "../../tests/kernel/golden_vectors.ts";
import { Talk } from "../../tests/peers/talk.ts";
import { PUBLIC_KEY } from "../../tests/peers/test_client.ts";
import { openServices, type Services, storedFiles } from "../../tests/peers/test_services.ts";
import { quickRequests } from "../../tests/peers/test_clock.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

const { clientId: GOLDEN_ID, name: GOLDEN_NAME, fileName: FILE_NAME } = GOLDEN.inputs;

/**
 * Bytes of AES key by the family of the replies: the table of revisions in `docs/protocol-3.md`.
 */
const KEY_SIZES: Readonly<Record<string, number>> = { "21": 16, "16": 32 };

for (const [name, golden] of GOLDEN_REVISIONS) {
  const request = (kind: keyof typeof REQUEST_IDS) => hex(find(golden.requests, kind).hex);
  const reply = (kind: keyof typeof REPLY_IDS) => find(golden.replies, kind).hex;
  /** The reply to everything that goes wrong: in 2022c it has no code of its own. */
  const fault = () => reply(name === "2022c" ? "registerFailed" : "error");

  Deno.test(`${name}: a registration is answered exactly, with a new id each time`, async () => {
    await using services = await openServices();
    const talk = new Talk(services, name);
    const first = await talk.exchange(request("register"));
    const id = first.slice(14);
    strictEqual(first, reply("registered").replace(GOLDEN_ID, id));
    strictEqual((await services.catalog.client(clientIdOf(hex(id))))?.revision, name);
    strictEqual(await talk.exchange(request("register")), reply("registerFailed"));
    const other = Uint8Array.from(request("register"));
    other[23] = 0x4e; // another name
    const second = await talk.exchange(other);
    ok(second.startsWith(reply("registered").slice(0, 14)) && second !== first);
  });

  Deno.test(`${name}: key and reconnect bring an AES key of the right size`, async () => {
    await using services = await openServices();
    await putOnRecord(services, golden, name);
    const asked = golden.requests.some(({ id }) => id === "login")
      ? [["publicKey", "keyAccepted"], ["login", "loginOk"]] as const
      : [["publicKey", "keyAccepted"]] as const;
    const keys = new Set<string>();
    for (const [question, answer] of asked) {
      const talk = new Talk(services, name);
      const heard = await talk.exchange(request(question));
      const [head, encrypted] = [heard.slice(0, 46), heard.slice(46)];
      strictEqual(head, reply(answer).slice(0, 46));
      const privateKey = await importPrivateKey(hex(GOLDEN.rsa.pkcs8Hex));
      const aesKey = await privateKey.openAesKey(hex(encrypted));
      strictEqual(aesKey.byteLength, golden.aesKeyLength);
      strictEqual(
        aesKey.byteLength,
        KEY_SIZES[String(golden.replyCodes.keyAccepted).slice(0, 2)],
      );
      strictEqual(
        digits((await services.catalog.client(clientIdOf(hex(GOLDEN_ID))))?.aesKey ?? hex("")),
        digits(aesKey),
      );
      keys.add(digits(aesKey));
    }
    strictEqual(keys.size, asked.length);
  });

  for (const upload of golden.uploads) {
    Deno.test(`${name}: the ${upload.id} file and its verdicts are answered exactly`, async () => {
      await using services = await openServices({ clock: quickRequests() });
      await putOnRecord(services, golden, name);
      const talk = new Talk(services, name);
      const checksum = reply("crc")
        .replace(numberIn(golden.replies, "contentSize"), littleEndian(upload.contentSize))
        .replace(numberIn(golden.replies, "cksum"), littleEndian(upload.cksum));
      const send = async () => {
        let heard = "";
        for (const message of upload.messages) heard += await talk.exchange(hex(message.hex));
        return heard;
      };

      strictEqual(await talk.exchange(request("crc-ok")), fault());
      strictEqual(await send(), checksum);
      strictEqual(await talk.exchange(request("crc-retry")), "");
      strictEqual(await send(), checksum);
      strictEqual(await talk.exchange(request("crc-abort")), reply("thanks"));
      strictEqual(await talk.exchange(request("crc-ok")), fault());
      strictEqual(await send(), checksum);
      strictEqual(await talk.exchange(request("crc-ok")), reply("thanks"));

      const stored = await storedFiles(services);
      strictEqual(Object.keys(stored).join(), FILE_NAME);
      strictEqual(digits(stored[FILE_NAME] ?? hex("")), digits(plainOf(upload)));
      const [file] = await services.catalog.files();
      strictEqual(file?.checksum, upload.cksum);
      strictEqual(file.verified, true);
    });
  }

  if (golden.requests.some(({ id }) => id === "login")) {
    Deno.test(`${name}: a refused reconnect is answered with the id that was sent`, async () => {
      await using services = await openServices();
      const talk = new Talk(services, name);
      strictEqual(await talk.exchange(request("login")), reply("loginRejected"));
      const id = clientIdOf(hex(GOLDEN_ID));
      await services.catalog.register({ id, name: GOLDEN_NAME, revision: name });
      strictEqual(await talk.exchange(request("login")), reply("loginRejected"));
      strictEqual(talk.lost, false);
    });
  }

  Deno.test(`${name}: an unknown client's key, file and verdicts are refused`, async () => {
    await using services = await openServices({ clock: quickRequests() });
    for (const kind of ["publicKey", "crc-ok", "crc-retry", "crc-abort"] as const) {
      strictEqual(await new Talk(services, name).exchange(request(kind)), fault(), kind);
    }
    for (const { messages } of golden.uploads) {
      const talk = new Talk(services, name);
      const heard: string[] = [];
      for (const message of messages) heard.push(await talk.exchange(hex(message.hex)));
      strictEqual(heard.join(), [fault(), ...messages.slice(1).map(() => "")].join());
    }
    strictEqual(services.counters.value("refused.unknown-client"), 1 + golden.uploads.length);
    strictEqual(services.counters.value("refused.no-upload"), 3);
    strictEqual(services.uploads.size, 0);
  });
}

Deno.test("a client that was never given an AES key cannot send a file", async () => {
  await using services = await openServices();
  const revision = "2024a";
  await services.catalog.register({ id: clientIdOf(hex(GOLDEN_ID)), name: GOLDEN_NAME, revision });
  const [upload] = GOLDEN.revisions[revision].uploads;
  const talk = new Talk(services, revision);
  const heard = await talk.exchange(hex(upload?.messages[0]?.hex ?? ""));
  strictEqual(heard, find(GOLDEN.revisions[revision].replies, "error").hex);
  strictEqual(services.counters.value("refused.no-aes-key"), 1);
});

/** Adds the client of the vectors to the catalog, with its public key and current AES key. */
async function putOnRecord(
  { catalog }: Services,
  golden: GoldenRevision,
  revision: string,
): Promise<void> {
  const id = clientIdOf(hex(GOLDEN_ID));
  await catalog.register({ id, name: GOLDEN_NAME, revision });
  await catalog.keepKeys({ id, publicKey: PUBLIC_KEY, aesKey: hex(golden.aesKey) });
}

function find<Message extends { readonly id: string }>(
  messages: readonly Message[],
  id: Message["id"],
): Message {
  const found = messages.find((message) => message.id === id);
  ok(found, `There is no golden ${id}`);
  return found;
}

/** The digits of a number in the golden checksum reply. */
function numberIn(replies: GoldenRevision["replies"], field: "contentSize" | "cksum"): string {
  return littleEndian(Number(find(replies, "crc").fields[field]));
}

function littleEndian(value: number): string {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return digits(bytes);
}
