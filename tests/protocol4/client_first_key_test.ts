/** Which key of a server the client takes, against a server that is scripted. */

import { match, ok, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { fingerprint, keyText } from "../../shared/protocol4/keys/public_key.ts";
import { signRotation } from "../../shared/protocol4/keys/rotation.ts";
import { formatServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { type Fault, FaultProxy } from "../faults/fault_proxy.ts";
import { AccountServer } from "../peers/account_server.ts";
import { pausesOnly, TestClock } from "../peers/test_clock.ts";
import { peerKey } from "../peers/tls_peer.ts";
import { run } from "./fixtures/client_commands.ts";

Deno.test("Without a key the fingerprint is shown before the server is asked", async () => {
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  const bare = formatServerAddress(server.address);
  const print = await fingerprint(server.key.spki);
  const refused = await run(home.path, ["login", bare, "--name", "maya"]);
  strictEqual(refused.code, 3, refused.said);
  ok(refused.stderr.includes(print));
  match(refused.stderr, /--accept-new/);
  const no = await run(home.path, ["login", bare, "--name", "maya"], { terminal: ["maybe", "no"] });
  strictEqual(no.code, 3, no.said);
  const away = await run(home.path, ["login", bare, "--name", "maya"], { terminal: [] });
  strictEqual(away.code, 130, away.said);
  strictEqual(server.requests.length, 0);
  const plain = bare.replace(/^sealpost:\/\/(.*)\/$/, "$1");
  const yes = await run(home.path, ["login", plain], { terminal: ["yes", "maya"] });
  strictEqual(yes.code, 0, yes.said);
  ok(yes.stderr.includes(print));
  for (const asked of server.clear) {
    match(asked, /^GET \/v4\/key HTTP\/1\.1\r\nhost: [0-9.:]+\r\nconnection: close\r\n\r\n$/);
  }
});

Deno.test("--accept-new accepts a key that is not known, and no other one later", async () => {
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
    strictEqual(code, 3, stderr);
    match(stderr, /known by another key, in line 3 of ".*known_servers"/);
  }
  strictEqual(other.requests.length, 0);
  strictEqual(await Deno.readTextFile(`${home.path}/known_servers`), `# a comment\n\n${moved}`);
});

Deno.test("A changed key that the old one has signed is followed by any command", async () => {
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
    strictEqual(code, 3, said);
    match(said, /known by another key, in line 1 of/);
  }
  strictEqual(after.requests.length, 0);
});

Deno.test("login tries a handshake again that is cut, and no other one", async () => {
  for (const direction of ["toServer", "toClient"] as const) {
    await using server = await AccountServer.start();
    await using home = await temporaryFolder();
    const fault: Fault = { direction, after: 37, action: "cut" };
    await using proxy = new FaultProxy(server.address, fault);
    const address = formatServerAddress({ ...proxy.address, spki: server.key.spki });
    const clock = new TestClock({ skips: pausesOnly });
    const { code, said } = await run(home.path, ["login", address, "--name", "maya"], { clock });
    strictEqual(code, 0, said);
    ok(proxy.struck);
  }
  await using server = await AccountServer.start();
  await using home = await temporaryFolder();
  await using proxy = new FaultProxy(server.address);
  const other = await peerKey();
  const address = formatServerAddress({ ...proxy.address, spki: other.spki });
  const { code, said } = await run(home.path, ["login", address, "--name", "maya"]);
  strictEqual(code, 3, said);
  // One in TLS, and one that asks for a change of the key.
  strictEqual(proxy.passed.length, 2);
});

Deno.test("a server that is asked for its key is asked again when its answer is cut", async () => {
  for (const [direction, after] of [["toServer", 9], ["toClient", 0], ["toClient", 60]] as const) {
    await using server = await AccountServer.start();
    await using home = await temporaryFolder();
    await using proxy = new FaultProxy(server.address, { direction, after, action: "cut" });
    const clock = new TestClock({ skips: pausesOnly });
    const words = ["login", formatServerAddress(proxy.address), "--name", "maya", "--accept-new"];
    const { code, said } = await run(home.path, words, { clock });
    strictEqual(code, 0, said);
    ok(proxy.struck);
    ok(said.includes(await fingerprint(server.key.spki)));
  }
});
