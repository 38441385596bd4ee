/** Clients of two servers of one database: who they are holds at both. */

import assert from "node:assert/strict";
import { join } from "node:path";

import { temporaryFolder } from "../../peers/temporary_folder.ts";
import { parseServerAddress } from "../../../shared/protocol4/keys/server_address.ts";
import { TextField } from "../../../shared/wire/layout.ts";
import { DidNotStart, RunningServer } from "../../end_to_end/fixtures/running_server.ts";
import { missingEngine } from "../../engines/missing_engine.ts";
import {
  HAS_BOTH,
  NOT_BOTH,
  SharedEngines,
  type SharedPlace,
} from "../../engines/shared_servers.ts";
import { ClearBridge } from "../../peers/clear_bridge.ts";
import { ConnectedClient } from "../../peers/connected_client.ts";
import {
  type Json,
  login,
  newDevice,
  post,
  registered,
  registration,
  TestKey,
} from "../../protocol4/fixtures/test_user.ts";
import { ran } from "../../upkeep/ran.ts";

/** Milliseconds after which what was revoked at a server holds at no other one. */
const REVOKED_WITHIN = 5_000;

/** Two servers of one place, and what reaches them without TLS. */
interface Two extends SharedPlace {
  readonly servers: readonly [RunningServer, RunningServer];
  readonly one: ClearBridge;
  readonly other: ClearBridge;
}

if (HAS_BOTH) {
  const engines = await SharedEngines.start();
  Deno.test.afterAll(() => engines[Symbol.asyncDispose]());

  const test = (sentence: string, work: (two: Two) => Promise<void>) => {
    Deno.test(sentence, async () => {
      await using resources = new AsyncDisposableStack();
      const place = resources.use(await engines.place());
      const servers = [await place.server("one"), await place.server("other")] as const;
      for (const server of servers) resources.use(server);
      const [one, other] = await Promise.all(servers.map(async (server) => {
        return resources.use(new ClearBridge(await server.printed(/^sealpost:/)));
      }));
      assert(one && other);
      await work({ ...place, servers, one, other });
    });
  };

  /** What a token is answered with at a server. */
  const answer = async (at: ClearBridge, token: string): Promise<string> => {
    const { status, json } = await post(at, "/v4/devices", undefined, { method: "GET", token });
    return status === 200 ? "200" : json.reason;
  };

  test("A login that was begun at one server ends at the other, once", async ({ one, other }) => {
    const maya = await registered(one, "Maya");
    // Their nonces are of the first server.
    const [key, body] = [await TestKey.make(), await login(one, maya)];
    const { status, json } = await post(other, "/v4/tokens", body);
    assert.equal(status, 201, JSON.stringify(json));
    assert.deepEqual([await answer(one, json.token), await answer(other, json.token)], [
      "200",
      "200",
    ]);
    for (const at of [one, other]) {
      const again = await post(at, "/v4/tokens", body);
      assert.deepEqual([again.status, again.json.reason], [403, "nonce-used"]);
    }
    const ben = await post(other, "/v4/clients", await registration(one, { name: "Ben", key }));
    assert.equal(ben.status, 201, JSON.stringify(ben.json));
    const raced = await login(other, maya);
    const both = await Promise.all([one, other].map((at) => post(at, "/v4/tokens", raced)));
    assert.deepEqual(both.map(({ status }) => status).sort(), [201, 403]);
  });

  test("An invitation of the database registers one client, at any server", async (two) => {
    const { database, servers, one, other } = two;
    const flags = ["--database", database.url, "--name", "Maya", "--quota", "1KiB"];
    const { code, out, err } = await ran("invite", [...flags, "server.example"]);
    assert.deepEqual([code, err], [0, ""]);
    const { spki, invitation = "" } = parseServerAddress(out.trim());
    const printed = parseServerAddress(await servers[0].printed(/^sealpost:/));
    assert.deepEqual(spki, printed.spki);
    const register = async (at: ClearBridge, name: string) => {
      const key = await TestKey.make();
      const { status, json } = await post(
        at,
        "/v4/clients",
        await registration(at, { name, key, invitation }),
      );
      return status === 201 ? "201" : json.reason;
    };
    assert.equal(await register(one, "Ben"), "invitation-unknown");
    assert.equal(await register(other, "Maya"), "201");
    assert.equal(await register(one, "Maya"), "invitation-used");
    const withdraw = ["--database", database.url, "--withdraw"];
    assert.equal((await ran("invite", [...withdraw, out.trim()])).code, 2);
    const more = (await ran("invite", ["--database", database.url, "server.example"])).out.trim();
    assert.equal((await ran("invite", [...withdraw, more])).code, 0);
    assert.equal((await ran("invite", [...withdraw, more])).code, 2);
  });

  test("What is revoked at a server is of no use at the other within 5 s", async (two) => {
    const { one, other } = two;
    const maya = await registered(one, "Maya");
    const made: Json[] = [];
    for (const at of [one, other]) {
      made.push((await post(at, "/v4/tokens", await login(at, maya))).json);
    }
    // Both servers have seen all of them, so that neither has to look them up.
    const tokens = [maya, ...made].map(({ token }) => token);
    for (const token of tokens) {
      assert.deepEqual([await answer(one, token), await answer(other, token)], ["200", "200"]);
    }
    const [, second, third] = [maya, ...made];
    const revoked = await post(one, `/v4/tokens/${second.tokenId}`, undefined, {
      ...{ method: "DELETE", token: third.token },
    });
    assert.equal(revoked.status, 204);
    assert.equal(await within(() => answer(other, second.token)), "token-revoked");

    // A computer that is removed takes its tokens with it.
    const key = await TestKey.make();
    const offer = await post(one, "/v4/devices/codes", await login(one, maya));
    const { code } = offer.json;
    const added = await post(
      other,
      "/v4/devices",
      await newDevice(other, { code, key, label: "2" }),
    );
    assert.equal(added.status, 201, JSON.stringify(added.json));
    assert.equal(await answer(one, added.json.token), "200");
    const removed = await post(one, `/v4/devices/${added.json.device}`, undefined, {
      ...{ method: "DELETE", token: maya.token },
    });
    assert.equal(removed.status, 204);
    assert.notEqual(await within(() => answer(other, added.json.token)), "200");
    assert.equal(await answer(other, maya.token), "200");
  });

  test("A NUL in a name is refused by both protocols, and fails no server", async (two) => {
    const { one, servers } = two;
    const maya = await registered(one, "Maya");
    const { token } = maya;
    const key = await TestKey.make();
    const refused: readonly (readonly [string, unknown, string?])[] = [
      ["/v4/clients", await registration(one, { name: "Be\0n", key })],
      ["/v4/files/a%00b", "x", "PUT"],
      ["/v4/files/a%00b", undefined, "MKCOL"],
      ["/v4/files/a%00b?entry", undefined, "GET"],
      ["/v4/files?list&after=a%00b", undefined, "GET"],
      ["/v4/files/a%00b", undefined, "DELETE"],
      ["/v4/tokens/a%00b", undefined, "DELETE"],
      ["/v4/tokens", { ...await login(one, maya), id: "\0".repeat(32) }],
      ["/v4/tokens", { ...await login(one, maya), scope: "read\0" }],
    ];
    for (const [path, body, method = "POST"] of refused) {
      const { status, json } = await post(one, path, body, { token, method });
      assert(status >= 400 && status < 500, `${method} ${path}: ${status} ${JSON.stringify(json)}`);
    }
    const { code } = (await post(one, "/v4/devices/codes", await login(one, maya))).json;
    const labelled = await newDevice(one, { code, key, label: "a\0b" });
    const device = await post(one, "/v4/devices", labelled);
    assert(device.status >= 400 && device.status < 500, JSON.stringify(device.json));
    const metadata = `path ${btoa("a\0b")}`;
    const upload = await fetch(`${one.url}/v4/uploads`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "upload-length": "3",
        "upload-metadata": metadata,
      },
    });
    await upload.body?.cancel();
    assert(upload.status >= 400 && upload.status < 500, `${upload.status}`);

    // By protocol 3 a name ends at its first NUL, whatever is behind it.
    const field = (text: string) => {
      const bytes = new Uint8Array(255);
      bytes.set(new TextEncoder().encode(text));
      return new TextField(bytes);
    };
    using old = await ConnectedClient.introduced(servers[0].address, "Old");
    const sent = await old.file(new Uint8Array(10), { fileName: field("a\0b") });
    assert.equal(sent?.kind, "fileReceived");
    await old.send(old.verdict("crcValid", "a"));
    assert.equal((await old.reply()).kind, "acknowledged");
    const names = await two.sql`SELECT "FileName" AS name FROM files`;
    assert.deepEqual(names.map(({ name }) => name), ["a"]);
    for (const server of servers) {
      const { code, stderr } = await server.stop();
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, / error |database .* failed/i);
    }
  });

  Deno.test("A server whose folder has another key than the database does not begin", async () => {
    await using place = await engines.place();
    await using folder = await temporaryFolder();
    const other = join(folder.path, "data");
    const keyOf = async (server: RunningServer) => {
      const printed = await server.printed(/^sealpost:/);
      assert.equal((await server.stop()).code, 0);
      return printed.split("#")[1];
    };
    const alone = await keyOf(await RunningServer.start(other));
    const first = await keyOf(await place.server("one"));
    assert.notEqual(alone, first);
    await Deno.mkdir(join(place.folder, "two"));
    await Deno.copyFile(join(other, "server.key"), join(place.folder, "two", "server.key"));
    const [started] = await Promise.allSettled([place.server("two")]);
    if (started.status === "fulfilled") {
      await started.value.stop();
      assert.fail("It has started");
    }
    assert(started.reason instanceof DidNotStart, `${started.reason}`);
    const { code, stderr } = started.reason.ended;
    assert.equal(code, 2, stderr);
    assert.match(stderr, /key/);
    // The key of the others stays, and one without a key takes that.
    assert.equal(await keyOf(await place.server("three")), first);
  });
} else {
  missingEngine(`Two servers have the same clients${NOT_BOTH}`);
}

/** What is answered once it is no 200, within the time in which that has to be. */
async function within(ask: () => Promise<string>): Promise<string> {
  const begun = performance.now();
  for (;;) {
    const told = await ask();
    if (told !== "200" || performance.now() - begun > REVOKED_WITHIN) return told;
  }
}
