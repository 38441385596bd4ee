import { deepEqual, equal, match, ok } from "node:assert/strict";
import { toHex } from "../../shared/text/encodings.ts";
import { SYSTEM_CLOCK } from "../../server/system_clock.ts";
import { TestClock } from "../peers/test_clock.ts";
import { type ServedApplication, servedApplication } from "./fixtures/served_application.ts";
import { login, newDevice, post, registered, TestKey } from "./fixtures/test_user.ts";

/** What a token is answered with: 200, or the reason of the refusal. */
async function with_(served: ServedApplication, token: string): Promise<string> {
  const { status, json } = await post(served, "/v4/devices", undefined, { method: "GET", token });
  return status === 200 ? "200" : json.reason;
}

Deno.test("a signature is exchanged for a token, once, and only its hash is kept", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const body = await login(served, maya);
  const { status, json } = await post(served, "/v4/tokens", { ...body, scope: "read" });
  equal(status, 201);
  equal(json.scope, "read");
  equal(await with_(served, json.token), "200");
  const again = await post(served, "/v4/tokens", body);
  deepEqual([again.status, again.json.reason], [403, "nonce-used"]);
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(json.token));
  const kept = await served.storage.accounts.token(new Uint8Array(hash));
  equal(toHex(kept?.id ?? new Uint8Array()), json.tokenId);
  for await (const { name } of Deno.readDir(served.data)) {
    const path = `${served.data}/${name}`;
    if (!(await Deno.stat(path)).isFile) continue;
    const stored = new TextDecoder("latin1").decode(await Deno.readFile(path));
    ok(!stored.includes(json.token.slice(0, 16)), name);
  }
  const everything = JSON.stringify(served.lines);
  ok(!everything.includes(json.token) && !everything.includes(maya.token));
});

Deno.test("a login of another client, key or server, or with bad members, is refused", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const ben = await registered(served, "Ben");
  const refused = async (body: unknown, reason: string) => {
    equal((await post(served, "/v4/tokens", body)).json.reason, reason);
  };
  await refused(await login(served, { ...maya, key: ben.key }), "signature-invalid");
  await refused({ ...await login(served, maya), id: ben.id }, "signature-invalid");
  await refused(await login(served, { ...maya, id: "0".repeat(32) }), "client-unknown");
  const other = { ...served, serverKey: await servedKey() };
  await refused(await login(other, maya), "signature-invalid");
  await refused({ ...await login(served, maya), id: "zz" }, "bad-request");
  await refused({ ...await login(served, maya), scope: "all" }, "bad-request");
  await refused({ ...await login(served, maya), seconds: 0 }, "bad-request");
  await refused({ ...await login(served, maya), seconds: "60" }, "bad-request");
});

/** The key of another server. */
async function servedKey(): Promise<ServedApplication["serverKey"]> {
  await using other = await servedApplication();
  return other.serverKey;
}

Deno.test("a token that is revoked, or has expired, is of no use, and is told so", async () => {
  const clock = new TestClock();
  await using served = await servedApplication({
    clock,
    storageClock: { ...SYSTEM_CLOCK, date: clock.date },
  });
  const maya = await registered(served, "Maya");
  const ask = async (more: Record<string, unknown>) =>
    (await post(served, "/v4/tokens", { ...await login(served, maya), ...more })).json;
  const [stolen, short, reading] = [
    await ask({}),
    await ask({ seconds: 60 }),
    await ask({ scope: "read" }),
  ];
  const revoke = async (id: string, token: string) => {
    const { status, json } = await post(served, `/v4/tokens/${id}`, undefined, {
      ...{ method: "DELETE", token },
    });
    return status === 204 ? "204" : json.reason;
  };
  equal(await revoke(stolen.tokenId, reading.token), "scope-too-narrow");
  equal(await revoke(stolen.tokenId, (await registered(served, "Ben")).token), "not-found");
  equal(await revoke(stolen.tokenId, maya.token), "204");
  equal(await with_(served, stolen.token), "token-revoked");
  equal(await revoke(stolen.tokenId, maya.token), "not-found");
  equal(await revoke(reading.tokenId, reading.token), "204");
  equal(await with_(served, reading.token), "token-revoked");
  equal(await with_(served, short.token), "200");
  clock.advance(60_000);
  equal(await with_(served, short.token), "token-expired");
  equal(await with_(served, maya.token), "200");
  clock.advance(24 * 3_600_000);
  equal(await with_(served, maya.token), "token-expired");
});

Deno.test("Basic has the token as its password, for what changes nothing", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const basic = { authorization: `Basic ${btoa(`maya:${maya.token}`)}` };
  const url = `${served.url}/v4/files/a.txt`;
  const list = await fetch(`${served.url}/v4/files?list`, { headers: basic });
  equal(list.status, 200);
  await list.body?.cancel();
  const put = await fetch(url, { method: "PUT", headers: basic, body: "abc" });
  deepEqual([put.status, (await put.json()).reason], [401, "no-token"]);
  const origin = { ...basic, origin: "https://example.org" };
  const forged = await fetch(url, { method: "DELETE", headers: origin });
  deepEqual([forged.status, (await forged.json()).reason], [403, "origin-refused"]);
  const none = await fetch(url);
  equal(none.status, 401);
  match(none.headers.get("www-authenticate") ?? "", /Bearer.*Basic/);
  await none.body?.cancel();
});

Deno.test("a computer is added by a code, once, and its tokens end with its key", async () => {
  const clock = new TestClock();
  await using served = await servedApplication({
    clock,
    storageClock: { ...SYSTEM_CLOCK, date: clock.date },
  });
  const maya = await registered(served, "Maya");
  const offer = async () =>
    (await post(served, "/v4/devices/codes", await login(served, maya))).json.code as string;
  const code = await offer();
  match(code, /^device-/);
  const key = await TestKey.make();
  const body = await newDevice(served, { code, key, label: "laptop" });
  // The code alone is not enough: it is for the holder of the key, and for what was signed.
  const foreign = { ...await newDevice(served, { code, key, label: "" }), label: "mine" };
  equal((await post(served, "/v4/devices", foreign)).json.reason, "signature-invalid");
  const stolen = { ...await newDevice(served, { code, key, label: "" }), key: maya.key.text };
  equal((await post(served, "/v4/devices", stolen)).json.reason, "signature-invalid");
  const added = await post(served, "/v4/devices", body);
  equal(added.status, 201);
  deepEqual([added.json.id, added.json.name], [maya.id, "Maya"]);
  equal(await with_(served, added.json.token), "200");
  const repeated = await newDevice(served, { code, key, label: "laptop" });
  equal((await post(served, "/v4/devices", repeated)).json.device, added.json.device);
  const other = await TestKey.make();
  const used = await newDevice(served, { code, key: other, label: "" });
  equal((await post(served, "/v4/devices", used)).json.reason, "invitation-used");
  const guessed = await newDevice(served, { code: `device-${"A".repeat(43)}`, key, label: "" });
  const unknown = (await post(served, "/v4/devices", guessed)).json;
  // It may have been pushed out by others.
  match(`${unknown.reason} ${unknown.detail}`, /^invitation-unknown .*sixteen newer codes/);
  const late = await offer();
  clock.advance(600_001);
  const expired = await newDevice(served, { code: late, key: other, label: "" });
  equal((await post(served, "/v4/devices", expired)).json.reason, "invitation-expired");

  const { json } = await post(served, "/v4/devices", undefined, {
    ...{ method: "GET", token: maya.token },
  });
  deepEqual(json.devices.map(({ label }: { label: string }) => label), ["", "laptop"]);
  const remove = (id: string) =>
    post(served, `/v4/devices/${id}`, undefined, { method: "DELETE", token: maya.token });
  equal((await remove("0".repeat(32))).json.reason, "not-found");
  equal((await remove(added.json.device)).status, 204);
  equal(await with_(served, added.json.token), "token-revoked");
  const gone = await post(served, "/v4/tokens", await login(served, { id: maya.id, key }));
  match(gone.json.detail, /may have been removed$/);
  equal((await remove(maya.device)).json.reason, "last-device");
});

Deno.test("with a stolen token nobody adds a computer: the code is for a signature", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const { status, json } = await post(served, "/v4/devices/codes", { id: maya.id }, {
    token: maya.token,
  });
  deepEqual([status, json.reason], [400, "bad-request"]);
});

Deno.test("a computer too many, and a key that a client has, are refused by name", async () => {
  await using served = await servedApplication();
  const maya = await registered(served, "Maya");
  const { accounts } = served.storage;
  const key = await TestKey.make();
  for (
    const [added, reason, detail] of [
      ["too-many-devices", "too-many-requests", /as many computers as it may/],
      ["device-known", "bad-key", /take another/],
    ] as const
  ) {
    const { code } = (await post(served, "/v4/devices/codes", await login(served, maya))).json;
    accounts.addDevice = () => Promise.resolve(added);
    const { json } = await post(
      served,
      "/v4/devices",
      await newDevice(served, {
        ...{ code, key, label: "" },
      }),
    );
    equal(json.reason, reason);
    match(json.detail, detail);
  }
});
