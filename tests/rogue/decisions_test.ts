/** Where the texts are silent (`docs/protocol-3.md`): decisions 1 and 2, in every revision. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { Cksum } from "../../shared/cksum/cksum.ts";
import type { Reply } from "../../shared/protocol3/reply.ts";
import { REVISIONS } from "../../shared/protocol3/revision.ts";
import { lcg } from "../kernel/golden_vectors.ts";
import { talkingClient } from "../peers/talk.ts";
import { openServices } from "../peers/test_services.ts";
import { quickRequests } from "../peers/test_clock.ts";
import { clientIdOf } from "../../shared/wire/client_id.ts";

const PLAIN = lcg(4, 60);
const STRANGER = clientIdOf(new Uint8Array(16).fill(0x5a));

/** Bytes of plain text in four blocks. */
const WHOLE = 64;

for (const { name: revision, requests } of Object.values(REVISIONS)) {
  Deno.test(`${revision}: any ending is answered by the checksum, padding or not`, async () => {
    await using services = await openServices();
    const client = talkingClient(services, { revision });
    await client.introduce();
    const { aesKey } = client;
    ok(aesKey);
    // The wrong last bytes of all kinds: none, too many, and those that do not agree.
    for (const last of [0, 17, 255, 2]) {
      const plain = new Uint8Array(WHOLE).fill(7);
      plain[WHOLE - 1] = last;
      const content = await withoutPadding(plain, aesKey);
      const reply = await client.file(PLAIN, { content });
      const sum = new Cksum();
      sum.update(plain);
      ok(reply?.kind === "fileReceived");
      strictEqual(reply.checksum, sum.digest());
      strictEqual(reply.contentSize, WHOLE);
      strictEqual((await client.ask(client.verdict("crcAbort")))?.kind, "acknowledged");
    }
    strictEqual(refusals(services), 0);
  });

  Deno.test(`${revision}: an unknown id gets an error, or its reconnect refused`, async () => {
    await using services = await openServices({ clock: quickRequests() });
    const error = revision === "2022c" ? "registrationRefused" : "serverError";
    const options = { revision, clientId: STRANGER, aesKey: new Uint8Array(32) };
    const asked: Record<string, Reply | undefined> = {};
    for (const kind of ["crcValid", "crcRetry", "crcAbort"] as const) {
      const client = talkingClient(services, options);
      asked[kind] = await client.ask(client.verdict(kind));
    }
    asked["publicKey"] = await talkingClient(services, options).bringKey();
    asked["file"] = await talkingClient(services, options).file(PLAIN);
    for (const [kind, reply] of Object.entries(asked)) strictEqual(reply?.kind, error, kind);
    if (requests.reconnect === undefined) return;
    const refused = await talkingClient(services, options).reconnect();
    deepStrictEqual(refused, { kind: "reconnectRefused", clientId: STRANGER });
  });
}

/** One CBC message of whole blocks, with no padding behind them. */
async function withoutPadding(plain: Uint8Array, aesKey: Uint8Array): Promise<Uint8Array> {
  const raw = new Uint8Array(aesKey);
  const key = await crypto.subtle.importKey("raw", raw, "AES-CBC", false, ["encrypt"]);
  const algorithm = { name: "AES-CBC", iv: new Uint8Array(16) };
  const padded = await crypto.subtle.encrypt(algorithm, key, new Uint8Array(plain));
  return new Uint8Array(padded).subarray(0, plain.byteLength);
}

function refusals(
  { counters }: { readonly counters: { snapshot(): Readonly<Record<string, number>> } },
): number {
  return Object.keys(counters.snapshot()).filter((name) => name.startsWith("refused.")).length;
}
