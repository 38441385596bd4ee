/** The commands `login`, `devices` and `status`, against a server that is scripted. */

import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { fingerprint, keyName } from "../../shared/protocol4/keys/key_name.ts";
import { keyText } from "../../shared/protocol4/keys/public_key.ts";
import { signRotation } from "../../shared/protocol4/keys/rotation.ts";
import { formatServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { type InProcessOptions, runClient } from "../end_to_end/fixtures/in_process.ts";
import { AccountServer, refusing } from "../peers/account_server.ts";
import { peerKey } from "../peers/tls_peer.ts";

/** Runs a command with a configuration folder. */
async function run(folder: string, words: readonly string[], options: InProcessOptions = {}) {
  const [command = "", ...rest] = words;
  const ended = await runClient([command, "--dir", folder, ...rest], options);
  return { ...ended, said: ended.stdout + ended.stderr };
}

async function jsonOf(folder: string, words: readonly string[]) {
  const { stdout, stderr } = await run(folder, [...words, "--json"]);
  ok(stdout !== "", stderr);
  return JSON.parse(stdout);
}

/** The folder of the identity for a server. */
async function identityFolder(folder: string, spki: Uint8Array): Promise<string> {
  return `${folder}/servers/${(await keyName(spki)).split(".")[0]}`;
}

Deno.test("login registers, pins the server and keeps everything for its owner alone", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const { code, stdout, said } = await run(home.path, ["login", server.text(), "--name", "maya"]);
  strictEqual(code, 0, said);
  const print = await fingerprint(server.key.spki);
  strictEqual(stdout, `Registered as "maya" on 127.0.0.1:${server.address.port} (${print})\n`);
  strictEqual(server.clear.length, 0);
  const known = await Deno.readTextFile(`${home.path}/known_servers`);
  match(known, new RegExp(`^127.0.0.1:${server.address.port} ${keyText(server.key.spki)} \\d{4}-`));
  const folder = await identityFolder(home.path, server.key.spki);
  for (
    const path of [`${folder}/identity.json`, `${folder}/token.json`, `${home.path}/known_servers`]
  ) {
    strictEqual(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600, path);
  }
  strictEqual(((await Deno.stat(folder)).mode ?? 0) & 0o777, 0o700);
});

Deno.test("login again needs no name, and gets another token", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const first = await jsonOf(home.path, ["login", server.text(), "--name", "maya"]);
  const second = await jsonOf(home.path, ["login", server.text()]);
  const third = await jsonOf(home.path, ["login", server.text(), "--name", "maya"]);
  const print = await fingerprint(server.key.spki);
  deepStrictEqual(first, {
    ...{
      status: "registered",
      name: "maya",
      id: first.id,
      server: server.text(),
      fingerprint: print,
    },
  });
  deepStrictEqual(second, { ...first, status: "logged-in" });
  deepStrictEqual(third, second);
  strictEqual(server.accounts.size, 1);
  const other = await run(home.path, ["login", server.text(), "--name", "other"]);
  strictEqual(other.code, 2);
  match(other.stderr, /registered as "maya" there/);
});

Deno.test("A registration whose answer was lost is repeated with the same key and name", async () => {
  let losing = true;
  await using server = await AccountServer.start({
    async before(request) {
      if (!losing || !request.url.endsWith("/v4/clients")) return undefined;
      losing = false;
      // The server takes the registration, and its answer never arrives.
      await lose(request);
      return refusing("server-error");
    },
  });
  const lose = async (request: Request) => {
    const body = await request.text();
    await fetchAgain(server, body);
  };
  await using home = await temporaryFolder();
  const lost = await run(home.path, ["login", server.text(), "--name", "maya"]);
  strictEqual(lost.code, 1, lost.said);
  strictEqual(server.accounts.size, 1);
  const again = await jsonOf(home.path, ["login", server.text()]);
  strictEqual(again.status, "registered");
  strictEqual(again.name, "maya");
  strictEqual(server.accounts.size, 1);
});

/** Gives a server a body that it has not answered yet. */
async function fetchAgain(server: AccountServer, body: string): Promise<void> {
  const { HttpConnection } = await import("../../client/protocol4/connection/http_connection.ts");
  const { SYSTEM_CLOCK } = await import("../../client/system_clock.ts");
  const pinned = { ...server.address, spki: server.key.spki };
  const connection = await HttpConnection.open(pinned, { timeout: 9000, clock: SYSTEM_CLOCK });
  const answer = await connection.request({
    ...{ method: "POST", path: "/v4/clients", body: new TextEncoder().encode(body) },
  });
  await answer.body.bytes();
  connection.close();
}

Deno.test("A name that is taken, and one that cannot be, are refused", async () => {
  await using server = await AccountServer.start();
  await using mine = await temporaryFolder();
  await using theirs = await temporaryFolder();
  strictEqual((await run(mine.path, ["login", server.text(), "--name", "maya"])).code, 0);
  const taken = await run(theirs.path, ["login", server.text(), "--name", "maya"]);
  strictEqual(taken.code, 4, taken.said);
  const { reason } = await jsonOf(theirs.path, ["login", server.text(), "--name", "maya"]);
  strictEqual(reason, "name-taken");
  strictEqual((await run(theirs.path, ["login", server.text(), "--name", "maya 2"])).code, 0);
  const bad = await run(theirs.path, ["login", server.text(), "--name", "x".repeat(101)]);
  strictEqual(bad.code, 2);
});

Deno.test("Without a key the fingerprint is shown, and the server is asked for nothing unasked", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const bare = formatServerAddress(server.address);
  const print = await fingerprint(server.key.spki);
  const refused = await run(home.path, ["login", bare, "--name", "maya"]);
  strictEqual(refused.code, 3, refused.said);
  ok(refused.stderr.includes(print));
  match(refused.stderr, /--accept-new/);
  const no = await run(home.path, ["login", bare, "--name", "maya"], { terminal: ["maybe", "no"] });
  strictEqual(no.code, 2, no.said);
  const away = await run(home.path, ["login", bare, "--name", "maya"], { terminal: [] });
  strictEqual(away.code, 130, away.said);
  strictEqual(server.requests.length, 0);
  const yes = await run(home.path, ["login", bare], { terminal: ["yes", "maya"] });
  strictEqual(yes.code, 0, yes.said);
  ok(yes.stderr.includes(print));
  for (const asked of server.clear) {
    match(asked, /^GET \/v4\/key HTTP\/1\.1\r\nhost: [0-9.:]+\r\nconnection: close\r\n\r\n$/);
  }
});

Deno.test("--accept-new accepts a key that is not known, and never another one afterwards", async () => {
  await using home = await temporaryFolder();
  let port = 0;
  {
    await using server = await AccountServer.start();
    port = server.address.port;
    const bare = formatServerAddress(server.address);
    const { code, said } = await run(home.path, ["login", bare, "--name", "m", "--accept-new"]);
    strictEqual(code, 0, said);
    ok(said.includes(await fingerprint(server.key.spki)));
  }
  await using other = await AccountServer.start();
  const known = await Deno.readTextFile(`${home.path}/known_servers`);
  const moved = known.replace(`:${port} `, `:${other.address.port} `);
  await Deno.writeTextFile(`${home.path}/known_servers`, `# a comment\n\n${moved}`);
  for (const text of [formatServerAddress(other.address), other.text()]) {
    const { code, stderr } = await run(home.path, ["login", text, "--name", "m", "--accept-new"]);
    strictEqual(code, 2, stderr);
    match(stderr, /known by another key, in line 3 of ".*known_servers"/);
  }
  strictEqual(other.requests.length, 0);
  strictEqual(await Deno.readTextFile(`${home.path}/known_servers`), `# a comment\n\n${moved}`);
});

Deno.test("A key that was changed and signed with the old one is followed, by any command", async () => {
  const [old, now] = [await peerKey(), await peerKey()];
  await using home = await temporaryFolder();
  const from = "2026-11-29T12:00:00.000Z";
  const rotation = await signRotation({ key: old.key, old: old.spki, now: now.spki, from });
  await using before = await AccountServer.start({ key: old });
  strictEqual((await run(home.path, ["login", before.text(), "--name", "maya"])).code, 0);
  const known = await Deno.readTextFile(`${home.path}/known_servers`);
  for (const command of [["status"], ["devices", "list"], ["login", "ADDRESS"]]) {
    await using after = await AccountServer.start({ key: now, rotation });
    for (const [id, account] of before.accounts) after.accounts.set(id, account);
    await using copy = await temporaryFolder();
    await copyFolder(home.path, copy.path);
    const moved = known.replace(`:${before.address.port} `, `:${after.address.port} `);
    await Deno.writeTextFile(`${copy.path}/known_servers`, moved);
    const words = command.map((word) => word === "ADDRESS" ? after.text() : word);
    const { code, stderr } = await run(copy.path, words);
    strictEqual(code, 0, `${command}: ${stderr}`);
    ok(
      stderr.includes(await fingerprint(old.spki)) && stderr.includes(await fingerprint(now.spki)),
    );
    ok((await Deno.readTextFile(`${copy.path}/known_servers`)).includes(keyText(now.spki)));
    strictEqual((await run(copy.path, ["status"])).stderr, "");
  }
});

async function copyFolder(from: string, to: string): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) {
      await Deno.mkdir(`${to}/${name}`);
      await copyFolder(`${from}/${name}`, `${to}/${name}`);
    } else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

Deno.test("A rotation that the old key did not sign is refused with the line's place", async () => {
  const [old, now] = [await peerKey(), await peerKey()];
  await using home = await temporaryFolder();
  await using before = await AccountServer.start({ key: old });
  strictEqual((await run(home.path, ["login", before.text(), "--name", "maya"])).code, 0);
  const from = "2026-11-29T12:00:00.000Z";
  const forged = await signRotation({ key: now.key, old: old.spki, now: now.spki, from });
  await using after = await AccountServer.start({ key: now, rotation: forged });
  const known = await Deno.readTextFile(`${home.path}/known_servers`);
  const moved = known.replace(`:${before.address.port} `, `:${after.address.port} `);
  await Deno.writeTextFile(`${home.path}/known_servers`, moved);
  for (const words of [["status"], ["devices", "list"], ["login", after.text()]]) {
    const { code, said } = await run(home.path, words);
    strictEqual(code, 2, said);
    match(said, /known by another key, in line 1 of/);
  }
  strictEqual(after.requests.length, 0);
});

Deno.test("An invitation comes from the address, a file, standard input or a prompt", async () => {
  const invitations = new Set(["invite-one", "invite-two", "invite-three", "invite-four"]);
  await using server = await AccountServer.start({ invitations });
  await using files = await temporaryFolder();
  await Deno.writeTextFile(`${files.path}/invitation`, "invite-two\n");
  const login = async (name: string, words: readonly string[], options: InProcessOptions = {}) => {
    await using home = await temporaryFolder();
    const ended = await run(home.path, ["login", ...words, "--name", name], options);
    const known = await Deno.readTextFile(`${home.path}/known_servers`).catch(() => "");
    doesNotMatch(known + ended.said, /invite-/);
    return ended;
  };
  const needed = await login("0", [server.text()]);
  strictEqual(needed.code, 4, needed.said);
  strictEqual((await login("1", [server.text("invite-one")])).code, 0);
  strictEqual(
    (await login("2", [server.text(), "--invitation", `${files.path}/invitation`])).code,
    0,
  );
  strictEqual(
    (await login("3", [server.text(), "--invitation", "-"], { stdin: "invite-three\n" })).code,
    0,
  );
  const asked = await login("4", [server.text()], { terminal: ["not this!", "invite-four"] });
  strictEqual(asked.code, 0, asked.said);
  const used = await login("5", [server.text("invite-one")]);
  strictEqual(used.code, 4, used.said);
  const empty = await login("6", [server.text(), "--invitation", "-"], { stdin: "a b\n" });
  strictEqual(empty.code, 2, empty.said);
});

Deno.test("devices add prints an address by which another computer joins, and remove ends it", async () => {
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

Deno.test("status shows each known server, and fails with the first that does not answer", async () => {
  await using home = await temporaryFolder();
  const none = await run(home.path, ["status"]);
  strictEqual(none.code, 0);
  match(none.stdout, /No server of protocol 4 is known/);
  await using server = await AccountServer.start();
  let gone = 0;
  {
    await using other = await AccountServer.start();
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

Deno.test("What is damaged is named, and a server that was never logged in to says so", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const before = await run(home.path, ["devices", "list"]);
  strictEqual(before.code, 2);
  match(before.stderr, /log in first/);
  strictEqual((await run(home.path, ["login", server.text(), "--name", "maya"])).code, 0);
  const folder = await identityFolder(home.path, server.key.spki);
  await Deno.writeTextFile(`${folder}/token.json`, "{");
  strictEqual((await run(home.path, ["devices", "list"])).code, 0);
  const identity = await Deno.readTextFile(`${folder}/identity.json`);
  const { privateKey } = JSON.parse(identity);
  for (const text of ["{", identity.replace(privateKey.slice(-8), "AAAAAAA="), "[]"]) {
    await Deno.writeTextFile(`${folder}/identity.json`, text);
    const damaged = await run(home.path, ["devices", "list"]);
    strictEqual(damaged.code, 2, damaged.said);
    match(damaged.stderr, /identity\.json" is damaged/);
    ok(!damaged.said.includes(privateKey.slice(0, 20)));
  }
  await Deno.writeTextFile(`${home.path}/known_servers`, "nonsense\n");
  const unknown = await run(home.path, ["devices", "list"]);
  strictEqual(unknown.code, 2);
  match(unknown.stderr, /Cannot read line 1 of ".*known_servers"/);
});

Deno.test("Words that make no command are refused before anything is asked", async () => {
  await using home = await temporaryFolder();
  const rows = [
    ["login"],
    ["login", "127.0.0.1:1256"],
    ["login", "sealpost://"],
    ["devices"],
    ["devices", "add", "x"],
    ["devices", "remove"],
    ["devices", "remove", "a", "b"],
    ["devices", "rename"],
  ];
  for (const words of rows) {
    const { code, said } = await run(home.path, words);
    strictEqual(code, 2, `${words}: ${said}`);
  }
  deepStrictEqual(await Array.fromAsync(Deno.readDir(home.path)), []);
});
