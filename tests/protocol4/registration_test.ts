import { deepEqual, equal, match, ok } from "node:assert/strict";
import { TestClock } from "../peers/test_clock.ts";
import { makeSecret, secretHash } from "../../server/protocol4/identity/token.ts";
import { leaveInvitation } from "../../server/protocol4/invitations/invitation_files.ts";
import { keyText } from "../../shared/protocol4/keys/public_key.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { nonceOf, post, registered, registration, TestKey } from "./fixtures/test_user.ts";

Deno.test("GET /v4 says the versions, the key, the limits and the time", async () => {
  await using served = await servedApplication();
  const { status, json } = await post(served, "/v4", undefined, { method: "GET" });
  equal(status, 200);
  deepEqual(json.versions, [4]);
  equal(json.key, keyText(served.serverKey.spki));
  equal(json.blockSize, 1024 ** 2);
  equal(json.registration, "open");
  ok(Math.abs(Date.parse(json.time) - Date.now()) < 60_000);
  const head = await fetch(`${served.url}/v4`, { method: "HEAD" });
  equal(head.status, 200);
  equal(await head.text(), "");
});

Deno.test("a nonce is never cached, and an address gets 20 of them at once", async () => {
  const clock = new TestClock({ skips: () => true });
  await using served = await servedApplication({ limits: { loopback: true }, clock });
  const ask = () => fetch(`${served.url}/v4/nonce`, { method: "POST" });
  for (let n = 0; n < 20; n++) {
    const response = await ask();
    equal(response.headers.get("cache-control"), "no-store");
    equal(response.status, 200);
    await response.body?.cancel();
  }
  const refused = await ask();
  equal(refused.status, 429);
  equal(refused.headers.get("retry-after"), "3");
  equal((await refused.json()).reason, "too-many-requests");
  clock.advance(3_000);
  equal((await post(served, "/v4/nonce", undefined)).status, 200);
});

Deno.test("a client registers, and again with the same name and key is the same", async () => {
  await using served = await servedApplication();
  const key = await TestKey.make();
  const first = await post(
    served,
    "/v4/clients",
    await registration(served, { name: "Maya", key }),
  );
  equal(first.status, 201);
  match(first.json.id, /^[0-9a-f]{32}$/);
  equal(first.json.scope, "write");
  const again = await post(
    served,
    "/v4/clients",
    await registration(served, { name: "Maya", key }),
  );
  equal(again.status, 201);
  equal(again.json.id, first.json.id);
  equal(again.json.device, first.json.device);
  const other = await TestKey.make();
  const taken = await post(
    served,
    "/v4/clients",
    await registration(served, { name: "Maya", key: other }),
  );
  equal(taken.status, 409);
  equal(taken.json.reason, "name-taken");
  for (const { token } of [first.json, again.json]) {
    equal((await post(served, "/v4/tokens", undefined, { method: "GET", token })).status, 200);
  }
});

Deno.test("a registration not signed by its key, or overheard, is refused", async () => {
  await using served = await servedApplication();
  const key = await TestKey.make();
  const right = await registration(served, { name: "Maya", key });
  const refused = async (body: unknown, status: number, reason: string) => {
    const answer = await post(served, "/v4/clients", body);
    deepEqual([answer.status, answer.json.reason], [status, reason]);
  };
  await refused({ ...right, name: "Mayb" }, 403, "signature-invalid");
  // The nonce was used up by that.
  await refused(right, 403, "nonce-used");
  const fresh = async () => await registration(served, { name: "Maya", key });
  await refused({ ...await fresh(), nonce: "A".repeat(64) }, 403, "nonce-unknown");
  await refused({ ...await fresh(), invitation: "abc" }, 403, "signature-invalid");
  await refused({ ...await fresh(), key: (await TestKey.make()).text }, 403, "signature-invalid");
  await refused({ ...await fresh(), key: "AAAA" }, 400, "bad-key");
  await refused({ ...await fresh(), signature: "AAAA" }, 403, "signature-invalid");
  await refused({ ...await fresh(), name: "" }, 400, "bad-name");
  await refused({ ...await fresh(), name: "a\nb" }, 400, "bad-name");
  await refused({ ...await fresh(), name: 5 }, 400, "bad-request");
  await refused([], 400, "bad-request");
  equal((await post(served, "/v4/clients", await fresh())).status, 201);
  const { text } = await nonceOf(served);
  ok(text.length === 64);
});

Deno.test("of many with one invitation at once, all but one hear that it is used", async () => {
  await using served = await servedApplication({ registration: "invite" });
  const { text: invitation, hash } = makeSecret();
  const now = new Date();
  const expires = new Date(now.getTime() + 60_000);
  await leaveInvitation(served.data, { hash, expires, now });
  const bodies = await Promise.all(
    Array.from(
      { length: 12 },
      async (_, n) =>
        await registration(served, { name: `Maya${n}`, key: await TestKey.make(), invitation }),
    ),
  );
  const answers = await Promise.all(bodies.map((body) => post(served, "/v4/clients", body)));
  const told = answers.map(({ status, json }) => json.reason ?? status).sort();
  deepEqual(told, [201, ...Array.from({ length: 11 }, () => "invitation-used")]);
});

Deno.test("an invitation registers one client, with the quota that it has", async () => {
  await using served = await servedApplication({ registration: "invite" });
  const { accounts } = served.storage;
  const expires = new Date(Date.now() + 60_000);
  await accounts.invite({ hash: secretHash("for-maya"), name: "Maya", quota: 1_000, expires });
  await accounts.invite({ hash: secretHash("too-late"), expires: new Date(0) });
  const key = await TestKey.make();
  const ask = async (name: string, invitation: string, by = key) => {
    const body = await registration(served, { name, key: by, invitation });
    const { status, json } = await post(served, "/v4/clients", body);
    return status === 201 ? json.id : json.reason;
  };
  equal(await ask("Maya", ""), "invitation-needed");
  equal(await ask("Maya", "guessed"), "invitation-unknown");
  equal(await ask("Maya", "too-late"), "invitation-expired");
  equal(await ask("Ben", "for-maya"), "invitation-unknown");
  const id = await ask("Maya", "for-maya");
  match(id, /^[0-9a-f]{32}$/);
  equal(await ask("Maya", "for-maya"), id);
  equal(await ask("Maya", ""), id);
  equal(await ask("Maya2", "for-maya", await TestKey.make()), "invitation-used");
  await accounts.invite({ hash: secretHash("for-all"), expires });
  match(await ask("Ben", "for-all", await TestKey.make()), /^[0-9a-f]{32}$/);
  equal(await ask("Cleo", "for-all", await TestKey.make()), "invitation-used");
  equal((await accounts.accountNamed("Maya"))?.quota, 1_000);
  for (const { message } of served.lines) ok(!/for-maya|for-all|guessed/.test(message), message);
});

Deno.test("a server that is closed registers none, and knows those that it has", async () => {
  await using served = await servedApplication({ registration: "closed" });
  const key = await TestKey.make();
  const ask = async () => {
    const body = await registration(served, { name: "Maya", key });
    return await post(served, "/v4/clients", body);
  };
  equal((await ask()).json.reason, "registration-closed");
});

Deno.test("registrations of an address are limited, and failures lead to a ban", async () => {
  const clock = new TestClock({ skips: () => true });
  const limits = { loopback: true, namesPerHour: 2, failures: 4 };
  await using served = await servedApplication({ limits, clock });
  await registered(served, "Ann");
  await registered(served, "Ben");
  const key = await TestKey.make();
  const third = await post(
    served,
    "/v4/clients",
    await registration(served, { name: "Cleo", key }),
  );
  equal(third.json.reason, "too-many-requests");
  // One is forgotten in 30 s, and the answers come late.
  for (let n = 0; n < 6; n++) {
    const guess = { method: "GET", token: "guessed" };
    equal((await post(served, "/v4/tokens", undefined, guess)).json.reason, "token-unknown");
  }
  ok(served.admission.addresses.isBanned("127.0.0.1"));
});
