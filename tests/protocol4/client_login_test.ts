/** The command `login`, against a server that is scripted. */

import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { fingerprint, keyText } from "../../shared/protocol4/keys/public_key.ts";
import type { InProcessOptions } from "../end_to_end/fixtures/in_process.ts";
import { AccountServer, refusing } from "../peers/account_server.ts";
import { identityFolder, jsonOf, run } from "./fixtures/client_commands.ts";

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

Deno.test("A registration whose answer was lost is repeated with the same key", async () => {
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
  match(taken.stderr, /another client named "maya"; give another name with --name, or, .*devices/);
  const { reason } = await jsonOf(theirs.path, ["login", server.text(), "--name", "maya"]);
  strictEqual(reason, "name-taken");
  strictEqual((await run(theirs.path, ["login", server.text(), "--name", "maya 2"])).code, 0);
  const bad = await run(theirs.path, ["login", server.text(), "--name", "x".repeat(101)]);
  strictEqual(bad.code, 2);
});

Deno.test("login finds who a client was at a server that has lost its key", async () => {
  await using before = await AccountServer.start({ stops: true });
  await using mine = await temporaryFolder();
  await using theirs = await temporaryFolder();
  const first = await jsonOf(mine.path, ["login", before.text(), "--name", "maya"]);
  // As the same server with another key: it has its clients still, and others knew it too.
  await using after = await AccountServer.start();
  for (const [id, account] of before.accounts) after.accounts.set(id, account);
  await Deno.writeTextFile(`${mine.path}/known_servers`, "");
  const again = await jsonOf(mine.path, ["login", after.text(), "--name", "maya"]);
  deepStrictEqual([again.status, again.id], ["logged-in", first.id]);
  strictEqual((await run(mine.path, ["devices"])).code, 0);
  strictEqual(after.accounts.size, 1);
  await using another = await AccountServer.start();
  strictEqual((await run(theirs.path, ["login", another.text(), "--name", "maya"])).code, 0);
  const other = await run(theirs.path, ["login", after.text(), "--name", "maya"]);
  strictEqual(other.code, 4, other.said);
  match(other.stderr, /another client named "maya"/);
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

Deno.test("What is damaged is named, and so is a server without a login", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const before = await run(home.path, ["devices", "list"]);
  strictEqual(before.code, 2);
  match(before.stderr, /log in first/);
  strictEqual((await run(home.path, ["login", server.text(), "--name", "maya"])).code, 0);
  const folder = await identityFolder(home.path, server.key.spki);
  // Another token is asked for in place of one that cannot be used.
  const kept = JSON.parse(await Deno.readTextFile(`${folder}/token.json`));
  const others = [{ token: "a b" }, { token: 7 }, { tokenId: 7 }, { expires: 7 }];
  const texts = others.map((other) => JSON.stringify({ ...kept, ...other }));
  for (const [at, text] of ["{", "null", "7", ...texts].entries()) {
    await Deno.writeTextFile(`${folder}/token.json`, text);
    strictEqual((await run(home.path, ["devices", "list"])).code, 0, text);
    strictEqual(server.requests.filter((line) => line === "POST /v4/tokens").length, at + 1, text);
  }
  const identity = await Deno.readTextFile(`${folder}/identity.json`);
  const { privateKey, ...rest } = JSON.parse(identity);
  const damages = [{ name: 7 }, { id: "../x" }, { device: 7 }, { publicKey: "AAAA" }]
    .map((damage) => JSON.stringify({ privateKey, ...rest, ...damage }));
  for (const text of ["{", identity.replace(privateKey.slice(-8), "AAAAAAA="), "[]", ...damages]) {
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
    ["login", "127.0.0.1:1256/x"],
    ["login", "sealpost://"],
    ["devices", "add", "x"],
    ["devices", "remove"],
    ["devices", "remove", "a", "b"],
    ["devices", "rename"],
    ["token", "--list", "--revoke", "a"],
    ["rm"],
    ["rm", "-r", "/"],
    ["mv", "/", "x"],
  ];
  for (const words of rows) {
    const { code, said } = await run(home.path, words);
    strictEqual(code, 2, `${words}: ${said}`);
    ok(!said.includes("log in first"), `${words}: ${said}`);
  }
  deepStrictEqual(await Array.fromAsync(Deno.readDir(home.path)), []);
});
