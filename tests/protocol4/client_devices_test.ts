/** The commands `devices` and `status`, against a server that is scripted. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { AccountServer } from "../peers/account_server.ts";
import { jsonOf, run } from "./fixtures/client_commands.ts";

Deno.test("devices add prints an address for another computer, and remove ends it", async () => {
  await using server = await AccountServer.start();
  await using first = await temporaryFolder();
  await using second = await temporaryFolder();
  await jsonOf(first.path, ["login", server.text(), "--name", "maya", "--label", "desk"]);
  const { address } = await jsonOf(first.path, ["devices", "add"]);
  match(address, /^sealpost:\/\/127\.0\.0\.1:\d+\/#[A-Za-z0-9_-]{44}\.device-/);
  const joined = await run(second.path, ["login", address, "--label", "laptop"]);
  strictEqual(joined.code, 0, joined.said);
  match(joined.stdout, /^This computer was added to "maya" on /);
  const again = await jsonOf(second.path, ["login", address]);
  strictEqual(again.reason, "bad-setting");
  const { devices } = await jsonOf(second.path, ["devices", "list"]);
  deepStrictEqual(
    devices.map(({ label, current }: { label: string; current: boolean }) => [label, current]),
    [["desk", false], ["laptop", true]],
  );
  const shown = await run(first.path, ["devices", "list"]);
  match(shown.stdout, /^[0-9a-f]{32} {2}"desk", added .*, this computer\n[0-9a-f]{32} {2}"laptop"/);
  const none = await run(first.path, ["devices", "remove", "zz"]);
  strictEqual(none.code, 2, none.said);
  const removed = await run(first.path, ["devices", "remove", devices[1].id.slice(0, 12)]);
  strictEqual(removed.code, 0, removed.said);
  const after = await run(second.path, ["devices", "list"]);
  strictEqual(after.code, 4, after.said);
});

Deno.test("A code for another computer that was used is refused", async () => {
  await using server = await AccountServer.start();
  await using first = await temporaryFolder();
  await using second = await temporaryFolder();
  await using third = await temporaryFolder();
  await jsonOf(first.path, ["login", server.text(), "--name", "maya"]);
  const { address } = await jsonOf(first.path, ["devices", "add"]);
  strictEqual((await jsonOf(second.path, ["login", address])).status, "device-added");
  const { reason, exitCode } = await jsonOf(third.path, ["login", address]);
  strictEqual(reason, "invitation-unknown");
  strictEqual(exitCode, 4);
});

Deno.test("status shows each known server, and fails if one does not answer", async () => {
  await using home = await temporaryFolder();
  const none = await run(home.path, ["status"]);
  strictEqual(none.code, 0);
  match(none.stdout, /No server of protocol 4 is known/);
  await using server = await AccountServer.start();
  let gone = 0;
  {
    await using other = await AccountServer.start({ stops: true });
    gone = other.address.port;
    strictEqual((await run(home.path, ["login", other.text(), "--name", "maya"])).code, 0);
  }
  strictEqual((await run(home.path, ["login", server.text(), "--name", "maya"])).code, 0);
  const both = await run(home.path, ["status"]);
  strictEqual(both.code, 3, both.said);
  match(both.stdout, new RegExp(`127.0.0.1:${gone} .*: No server listens`));
  match(both.stdout, new RegExp(`127.0.0.1:${server.address.port} .*: logged in as "maya"`));
  const address = `127.0.0.1:${server.address.port}`;
  const { servers } = await jsonOf(home.path, ["status", "--server", address]);
  deepStrictEqual(servers.map(({ status }: { status: string }) => status), ["ok"]);
  const several = await run(home.path, ["devices", "list"]);
  strictEqual(several.code, 2);
  match(several.stderr, /name one with --server/);
});

Deno.test("A token that has ended is renewed, and none is ever shown", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const first = await run(home.path, ["login", server.text(), "--name", "maya", "--verbose"]);
  const issued = [...server.tokens.keys()];
  server.tokens.clear();
  const listed = await run(home.path, ["devices", "list", "--verbose"]);
  strictEqual(listed.code, 0, listed.said);
  strictEqual(server.requests.filter((line) => line === "POST /v4/tokens").length, 1);
  const again = await run(home.path, ["devices", "list", "--json"]);
  strictEqual(again.code, 0);
  strictEqual(server.requests.filter((line) => line === "POST /v4/tokens").length, 1);
  for (const token of [...issued, ...server.tokens.keys()]) {
    for (const { said } of [first, listed, again]) ok(!said.includes(token));
  }
});
