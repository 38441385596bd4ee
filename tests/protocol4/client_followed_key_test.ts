/** A key that a server has changed, where the client knows it, or is given it, by an address. */

import { match, ok, strictEqual } from "node:assert/strict";
import { type TemporaryFolder, temporaryFolder } from "../peers/temporary_folder.ts";
import { fingerprint, keyText } from "../../shared/protocol4/keys/public_key.ts";
import { type Rotation, signRotation } from "../../shared/protocol4/keys/rotation.ts";
import { formatServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { formatAddress } from "../../shared/text/address.ts";
import { AccountServer } from "../peers/account_server.ts";
import { type PeerKey, peerKey } from "../peers/tls_peer.ts";
import { identityFolder, run } from "./fixtures/client_commands.ts";

/** A change from one key to another, signed by some key. */
function change(old: PeerKey, now: PeerKey, by = old): Promise<Rotation> {
  const from = "2026-11-29T12:00:00.000Z";
  return signRotation({ key: by.key, old: old.spki, now: now.spki, from });
}

/** The address of a server, with some key. */
function addressWith({ address }: AccountServer, { spki }: PeerKey): string {
  return formatServerAddress({ ...address, spki });
}

/** What the client knows of servers. */
function known({ path }: TemporaryFolder): Promise<string> {
  return Deno.readTextFile(`${path}/known_servers`);
}

Deno.test("A change that is followed at one address is so at all that had the key", async () => {
  const [old, now, foreign] = [await peerKey(), await peerKey(), await peerKey()];
  await using home = await temporaryFolder();
  await using one = await AccountServer.start({ key: old });
  await using other = await AccountServer.start({ key: old });
  await using third = await AccountServer.start({ key: foreign });
  for (const server of [one, other, third]) {
    // Servers of one database have the same accounts.
    if (server !== third) {
      for (const [id, account] of one.accounts) other.accounts.set(id, account);
    }
    const words = ["login", server.text(), ...(server === other ? [] : ["--name", "maya"])];
    const { code, said } = await run(home.path, words);
    strictEqual(code, 0, said);
  }
  const rotation = await change(old, now);
  await using first = await AccountServer.start({ key: now, rotation });
  await using second = await AccountServer.start({ key: now, rotation });
  for (const account of one.accounts) {
    first.accounts.set(...account);
    second.accounts.set(...account);
  }
  const text = (await known(home))
    .replace(formatAddress(one.address), formatAddress(first.address))
    .replace(formatAddress(other.address), formatAddress(second.address));
  await Deno.writeTextFile(`${home.path}/known_servers`, `# mine\n${text}`);
  const at = (server: AccountServer) => ["status", "--server", formatAddress(server.address)];
  const followed = await run(home.path, at(first));
  strictEqual(followed.code, 0, followed.stderr);
  for (const each of [await fingerprint(old.spki), await fingerprint(now.spki)]) {
    ok(followed.stderr.includes(each), followed.stderr);
  }
  ok(followed.stderr.includes(`noted for ${formatAddress(second.address)}\n`), followed.stderr);
  // There is no change to follow, and no login is needed.
  const { code, stderr } = await run(home.path, at(second));
  strictEqual(code, 0, stderr);
  strictEqual(stderr, "");
  const after = await known(home);
  match(after, /^# mine\n/);
  strictEqual(after.split(keyText(now.spki)).length, 3, after);
  ok(after.includes(keyText(foreign.spki)) && !after.includes(keyText(old.spki)), after);
  strictEqual((await run(home.path, at(third))).code, 0);
  // The old key is not taken back.
  await using back = await AccountServer.start({ key: old });
  const changed = after.replace(formatAddress(second.address), formatAddress(back.address));
  await Deno.writeTextFile(`${home.path}/known_servers`, changed);
  const refused = await run(home.path, at(back));
  strictEqual(refused.code, 3, refused.said);
  match(refused.said, /known by another key, in line 3 of/);
  strictEqual(back.requests.length, 0);
});

Deno.test("login with the key of before takes the one that it was changed to", async () => {
  const [old, now] = [await peerKey(), await peerKey()];
  const rotation = await change(old, now);
  await using server = await AccountServer.start({ key: now, rotation });
  await using home = await temporaryFolder();
  const words = ["login", addressWith(server, old), "--name", "maya"];
  const first = await run(home.path, words);
  strictEqual(first.code, 0, first.said);
  const prints = [await fingerprint(old.spki), await fingerprint(now.spki)];
  match(first.stderr, /has changed its key, and signed that with the old one: /);
  ok(first.stderr.includes(`: from ${prints.join(" to ")}\n`), first.stderr);
  ok((await known(home)).startsWith(`${formatAddress(server.address)} ${keyText(now.spki)} `));
  ok((await Deno.stat(await identityFolder(home.path, now.spki))).isDirectory);
  // It is known by the new one now: the old one in the address is no reason to refuse.
  const before = await known(home);
  const again = await run(home.path, words);
  strictEqual(again.code, 0, again.said);
  match(again.stderr, /^The address has the key from before: .* has changed it, and signed /);
  ok(prints.every((each) => again.stderr.includes(each)), again.stderr);
  strictEqual(await known(home), before);
  const plain = await run(home.path, ["login", server.text()]);
  strictEqual(plain.stderr, "");
});

Deno.test("login with the key of before refuses a change that this has not signed", async () => {
  const [old, now, other] = [await peerKey(), await peerKey(), await peerKey()];
  const changes: readonly (readonly [string, Rotation | undefined])[] = [
    ["none", undefined],
    ["by the new key", await change(old, now, now)],
    ["by another key", await change(old, now, other)],
    ["of another key", await change(other, now)],
    ["to another key", await change(old, other)],
  ];
  for (const [which, rotation] of changes) {
    await using server = await AccountServer.start({ key: now, ...(rotation && { rotation }) });
    await using home = await temporaryFolder();
    const words = ["login", addressWith(server, old), "--name", "maya"];
    const unknown = await run(home.path, [...words, "--json"]);
    strictEqual(unknown.code, 3, `${which}: ${unknown.said}`);
    strictEqual(JSON.parse(unknown.stdout).reason, "server-key-mismatch", which);
    strictEqual(server.requests.length, 0, which);
    strictEqual((await run(home.path, ["login", server.text(), "--name", "maya"])).code, 0, which);
    const sent = server.requests.length;
    const asKnown = await run(home.path, words);
    strictEqual(asKnown.code, 3, `${which}: ${asKnown.said}`);
    match(asKnown.stderr, /known by another key, in line 1 of/, which);
    strictEqual(server.requests.length, sent, which);
  }
});
