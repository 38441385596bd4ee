import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { REQUEST_HEADER } from "../../shared/protocol3/message.ts";
import { encodeReply } from "../../shared/protocol3/reply.ts";
import { type RevisionName, REVISIONS } from "../../shared/protocol3/revision.ts";
import { digits, GOLDEN, hex, joined } from "../kernel/golden_vectors.ts";
import { Talk, talkingClient, UNLIMITED } from "../peers/talk.ts";
import { PUBLIC_KEY, TestClient } from "../peers/test_client.ts";
import { openServices, recordedLog, storedFiles } from "../peers/test_services.ts";
import { StorageError } from "../../server/storage/storage_error.ts";
import { quickRequests } from "../peers/test_clock.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

/** After these, the start of the next request is unknown: the table in `docs/protocol-3.md`. */
const CLOSES: ReadonlySet<string> = new Set([
  "unknown-code",
  "payload-size-mismatch",
  "payload-too-large",
  "file-payload-too-small",
  "file-too-large",
  "content-size-not-block",
]);

const PLAIN = new TextEncoder().encode("The quick brown fox");

/** The reply to all errors without a reply of their own. */
function fault(name: RevisionName): string {
  const kind = name === "2022c" ? "registrationRefused" : "serverError";
  return digits(encodeReply(REVISIONS[name], { kind }));
}

for (const vector of GOLDEN.invalid) {
  const { id, kind, revision, outcome, then, hex: message = "" } = vector;
  // Bad padding is no refusal, and a connection that ends says nothing more.
  if (kind !== "request" || outcome === "bad-padding" || then !== undefined) continue;

  const after = CLOSES.has(outcome) ? "ends" : "goes on";
  Deno.test(`the request ${id} is answered with an error; the connection ${after}`, async () => {
    ok(revision !== undefined);
    await using services = await openServices({ clock: quickRequests() });
    const { clientId, name } = GOLDEN.inputs;
    await services.catalog.register({ id: clientIdOf(hex(clientId)), name, revision });
    const aesKey = hex(GOLDEN.revisions[revision].aesKey);
    await services.catalog.keepKeys({
      id: clientIdOf(hex(clientId)),
      publicKey: PUBLIC_KEY,
      aesKey,
    });
    const talk = new Talk(services, revision);

    strictEqual(await talk.exchange(hex(message)), fault(revision));
    const counts = Object.entries(services.counters.snapshot());
    deepStrictEqual(counts.filter(([name]) => !name.startsWith("deviations.")), [
      [`refused.${outcome}`, 1],
    ]);
    strictEqual(talk.lost, CLOSES.has(outcome));
    strictEqual(services.uploads.size, 0);
    const client = new TestClient(talk, { revision, clientId: clientIdOf(hex(clientId)), aesKey });
    const next = await client.bringKey();
    strictEqual(next?.kind, CLOSES.has(outcome) ? undefined : "keyAccepted");
  });
}

Deno.test("a client that asks in another revision first is no failure of its address", async () => {
  await using services = await openServices();
  let failures = 0;
  const slot = { ...UNLIMITED, failed: () => (failures++, 0) };
  const talk = () => new Talk(services, "2024a", { slot });
  const foreign = new TestClient(talk(), { revision: "2024c" });
  strictEqual((await foreign.register())?.kind, "serverError");
  strictEqual((await foreign.over(talk()).reconnect())?.kind, "serverError");
  deepStrictEqual([services.counters.value("refused.unknown-code"), failures], [2, 0]);
  const { clientId } = foreign;
  const nothing = REQUEST_HEADER.encode({ clientId, version: 3, code: 999, payloadSize: 0 });
  await talk().exchange(nothing);
  strictEqual(failures, 1);
});

Deno.test("a file that is larger than the limit is refused before any of it is kept", async () => {
  await using services = await openServices();
  const talk = new Talk(services, "2024a");
  const client = new TestClient(talk);
  await client.introduce();
  const { code } = client.revision.requests.file;
  const header = { clientId: client.clientId, version: 3, code, payloadSize: 267 + 16 };
  const fields = new Uint8Array(267);
  new DataView(fields.buffer).setUint32(0, 0xffff_fff0, true);
  fields[255] = 0x61;
  const heard = await talk.exchange(joined([REQUEST_HEADER.encode(header), fields]));
  strictEqual(heard, fault("2024a"));
  strictEqual(services.counters.value("refused.file-too-large"), 1);
  strictEqual(services.uploads.size, 0);
  strictEqual(talk.lost, true);
});

Deno.test("a registration may carry any id and any version", async () => {
  await using services = await openServices();
  const talk = new Talk(services, "2024a");
  const name = new Uint8Array(255);
  name[0] = 0x61;
  const header = { clientId: clientIdOf(new Uint8Array(16).fill(7)), version: 200, code: 1025 };
  const request = joined([REQUEST_HEADER.encode({ ...header, payloadSize: 255 }), name]);
  const heard = await talk.exchange(request);
  strictEqual(heard.slice(0, 14), "03400610000000");
});

Deno.test("a file of 2022c whose payload names another client is refused", async () => {
  await using services = await openServices();
  const client = talkingClient(services, { revision: "2022c" });
  await client.introduce();
  const [message = hex("")] = await client.messages(PLAIN);
  const forged = Uint8Array.from(message);
  forged[23] = (forged[23] ?? 0) ^ 1;
  strictEqual((await client.ask(forged))?.kind, "registrationRefused");
  strictEqual(services.counters.value("refused.client-id-mismatch"), 1);
  strictEqual((await client.ask(message))?.kind, "fileReceived");
});

Deno.test("a catalog fault is answered with an error; a retry may follow", async () => {
  await using services = await openServices();
  let trouble: Error | undefined;
  const catalog = new Proxy(services.catalog, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) =>
        trouble === undefined ? value.apply(target, values) : Promise.reject(trouble);
    },
  });
  const client = talkingClient({ ...services, identities: catalog });
  trouble = new StorageError("database-busy", "The database is held by another program");
  strictEqual((await client.register())?.kind, "serverError");
  trouble = new Error("Something that nobody has thought of");
  strictEqual((await client.register())?.kind, "serverError");
  strictEqual(services.counters.value("refused.database-busy"), 1);
  strictEqual(services.counters.value("refused.internal-error"), 1);
  trouble = undefined;
  await client.introduce();
  trouble = new StorageError("database-busy", "The database is held by another program");
  strictEqual((await client.reconnect())?.kind, "serverError");
  trouble = undefined;
  strictEqual((await client.reconnect())?.kind, "reconnectAccepted");
});

Deno.test("a fault that nobody foresaw is one line in the log, and has its stack", async () => {
  await using services = await openServices();
  const fault = new Error("Nobody\nthought of\x1b[31m this");
  const catalog = new Proxy(services.catalog, {
    get: (target, key) =>
      key === "register" ? () => Promise.reject(fault) : Reflect.get(target, key),
  });
  const { log, lines } = await recordedLog();
  const client = talkingClient({ ...services, identities: catalog }, { log });
  strictEqual((await client.register())?.kind, "serverError");
  strictEqual(lines.length, 1);
  const [line] = lines;
  deepStrictEqual([line?.level, line?.["reason"]], ["ERROR", "internal-error"]);
  deepStrictEqual([line?.["detail"], line?.["stack"]], [fault.message, fault.stack]);
  ok(line?.message.endsWith(String.raw`"Nobody\nthought of\u001b[31m this"`), line?.message);
});

Deno.test("crcRetry is answered after a silence, once, unless bytes follow", async () => {
  await using services = await openServices();
  const talk = new Talk(services, "2024a");
  const client = new TestClient(talk);
  const { connection } = talk;
  await client.introduce();
  await client.file(PLAIN);
  strictEqual(connection.silenceLimit, undefined);
  await client.send(client.verdict("crcRetry"));
  strictEqual(connection.silenceLimit, 400);
  strictEqual(await client.receive(), undefined);
  await talk.fallSilent();
  strictEqual(connection.silenceLimit, undefined);
  deepStrictEqual(await client.receive(), { kind: "acknowledged", clientId: client.clientId });
  strictEqual(await client.receive(), undefined);

  await client.file(PLAIN);
  await client.send(client.verdict("crcRetry"));
  const [message = hex("")] = await client.messages(PLAIN);
  await client.send(message.subarray(0, 290));
  strictEqual(connection.silenceLimit, undefined);
  strictEqual((await client.ask(message.subarray(290)))?.kind, "fileReceived");
  strictEqual((await client.ask(client.verdict("crcValid")))?.kind, "acknowledged");
  deepStrictEqual(Object.keys(await storedFiles(services)), ["a.txt"]);
  strictEqual(services.counters.value("checksums-retried"), 2);
});

Deno.test("a crcRetry that is refused is answered at once, and not by silence", async () => {
  await using services = await openServices();
  const talk = new Talk(services, "2024a");
  const client = new TestClient(talk);
  await client.introduce();
  strictEqual((await client.ask(client.verdict("crcRetry")))?.kind, "serverError");
  strictEqual(talk.connection.silenceLimit, undefined);
});
