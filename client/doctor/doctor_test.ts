import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { generateClientKeys } from "../../shared/protocol3/crypto/key_transport.ts";
import { FieldServer } from "../../tests/field/field_server.ts";
import { OwnServer } from "../../tests/field/server_of_our_own.ts";
import { IDENTITY, OwnParty } from "../../tests/peers/own_party.ts";
import { EXIT } from "../client_error.ts";
import { writeRegisteredServer } from "../protocol3/identity/identity_files.ts";
import { SYSTEM_CLOCK } from "../system_clock.ts";
import { at, findings, unwell, writePlan } from "../../tests/peers/examined.ts";
import { NOBODY } from "../../tests/peers/nobody.ts";

Deno.test("examine() finds no fault with a client that is set up, leaving no trace", async () => {
  await using server = await OwnServer.open("2023c");
  await using own = await OwnParty.oldFriend();
  await writePlan(own, { server: server.address });
  const before = (await Array.fromAsync(Deno.readDir(own.folder))).map(({ name }) => name).sort();
  const found = await findings(own.folder);
  deepStrictEqual(unwell(found), {});
  match(
    found["transfer.info"].message,
    /^Sends "a\.txt" to 127\.0\.0\.1:\d+ as "Michael Jackson"$/,
  );
  match(found.file.message, /a\.txt" can be read and has 3 B$/);
  match(found.revision.message, /revision 2023c$/);
  const after = (await Array.fromAsync(Deno.readDir(own.folder))).map(({ name }) => name).sort();
  deepStrictEqual(after, before);
  deepStrictEqual(server.clients, []);
});

Deno.test("examine() warns of a file in transfer.info that send would ask about", async () => {
  await using own = await OwnParty.oldFriend();
  await writePlan(own, { path: "priv.key" });
  const { file } = await findings(own.folder);
  strictEqual(file.status, "warn");
  match(file.message, /transfer\.info" names ".*priv\.key", which is an identity/);
  match(file.advice ?? "", /^Name it yourself if it is to be sent: /);
});

Deno.test("examine() only warns a newcomer that there is no transfer.info", async () => {
  await using own = await OwnParty.stranger();
  const found = await findings(own.folder);
  deepStrictEqual(unwell(found), {
    "transfer.info": "warn",
    file: "skip",
    key: "skip",
    name: "skip",
    port: "skip",
    revision: "skip",
  });
  match(found["transfer.info"].advice ?? "", /^Run "sealpost" on a terminal/);
  match(found.identity.message, /^Not registered yet/);
});

Deno.test("examine() fails with a missing folder, and still checks the server", async () => {
  await using own = await OwnParty.stranger();
  await using server = new FieldServer({ revision: "2024a" });
  const settings = { server: server.address };
  const found = await findings(join(own.folder, "none"), { settings });
  strictEqual(found.folder.status, "fail");
  strictEqual(found.folder.exitCode, EXIT.usage);
  strictEqual(found.folder.advice, "Make it, or name another one with --dir");
  strictEqual(found.identity.status, "skip");
  strictEqual(found.revision.status, "ok");
});

/** Invalid lines of a `transfer.info`, and the messages. */
const BAD_PLANS: readonly (readonly [text: string, said: RegExp])[] = [
  ["", /The file is empty/],
  ["nowhere\nBo\na.txt\n", /"nowhere" is not an address/],
  ["127.0.0.1:99999\nBo\na.txt\n", /out of range/],
  ["127.0.0.1:1\nBo\n", /Line 3, the path of the file to send, is missing/],
  ["127.0.0.1:1\nZoë\na.txt\n", /"Zoë" cannot be sent/],
];

for (const [text, said] of BAD_PLANS) {
  Deno.test(`examine() fails with the transfer.info ${JSON.stringify(text)}`, async () => {
    await using own = await OwnParty.stranger();
    await Deno.writeTextFile(join(own.folder, "transfer.info"), text);
    const { "transfer.info": plan, port, file } = await findings(own.folder);
    strictEqual(plan.status, "fail");
    strictEqual(plan.exitCode, EXIT.usage);
    match(plan.message, said);
    strictEqual(file.status, "skip");
    // The server is checked as soon as its own line is valid.
    strictEqual(port.status, text.startsWith("127.0.0.1:1\n") ? "fail" : "skip");
  });
}

Deno.test("examine() fails with a file that is missing or a folder", async () => {
  await using own = await OwnParty.stranger();
  for (
    const [path, said] of [["none.txt", /There is no file/], [own.folder, /is a folder/]] as const
  ) {
    await writePlan(own, { path });
    const { file } = await findings(own.folder);
    strictEqual(file.status, "fail");
    match(file.message, said);
  }
});

Deno.test("examine() warns of another name in transfer.info than in me.info", async () => {
  await using own = await OwnParty.oldFriend();
  await writePlan(own, { name: "Somebody Else" });
  const { identity } = await findings(own.folder);
  strictEqual(identity.status, "warn");
  match(identity.message, /"Michael Jackson", which counts; transfer\.info says "Somebody Else"$/);
});

Deno.test("examine() fails with an unreadable me.info, and with an unusable key", async () => {
  await using own = await OwnParty.oldFriend();
  const path = join(own.folder, "me.info");
  const good = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, "Bo\nno id\n");
  const broken = await findings(own.folder);
  strictEqual(broken.identity.status, "fail");
  strictEqual(broken.key.status, "skip");

  // A key whose structure is whole, and whose numbers do not belong together.
  const [name, id, key = ""] = good.split("\n");
  const bytes = Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  bytes[200] = (bytes[200] ?? 0) ^ 0xff;
  await Deno.writeTextFile(path, [name, id, btoa(String.fromCharCode(...bytes)), ""].join("\n"));
  const wrong = await findings(own.folder);
  strictEqual(wrong.identity.status, "ok");
  strictEqual(wrong.key.status, "fail");
  strictEqual(wrong.key.exitCode, EXIT.usage);
  match(wrong.key.message, /^The private key does not work/);
});

Deno.test("examine() warns of a priv.key that is missing, broken, or another one", async () => {
  await using own = await OwnParty.oldFriend();
  const path = join(own.folder, "priv.key");
  const other = await generateClientKeys();
  for (
    const [content, said] of [
      [undefined, /there is no ".*priv\.key"$/],
      ["AAAA", /cannot be used; the key in me\.info counts$/],
      [other.privateKey, /holds another key than me\.info$/],
    ] as const
  ) {
    await Deno.remove(path).catch(() => {});
    if (typeof content === "string") await Deno.writeTextFile(path, content);
    else if (content !== undefined) await Deno.writeFile(path, content);
    const { key } = await findings(own.folder);
    strictEqual(key.status, "warn");
    match(key.message, said);
  }
});

Deno.test("examine() warns of a priv.key without a me.info", async () => {
  await using own = await OwnParty.oldFriend();
  await Deno.remove(join(own.folder, "me.info"));
  const { identity, key } = await findings(own.folder);
  strictEqual(identity.status, "warn");
  strictEqual(key.status, "skip");
});

const bits = Deno.build.os !== "windows";

Deno.test({
  name: "examine() warns of keys that others may read, and of a plan that others may change" +
    (bits ? "" : " (ignored: this system has no permission bits)"),
  ignore: !bits,
  async fn() {
    await using own = await OwnParty.oldFriend();
    await writePlan(own);
    const left = join(own.folder, `.priv.key.${crypto.randomUUID()}`);
    await Deno.writeTextFile(left, "key");
    for (const name of ["me.info", "priv.key"]) {
      for (const mode of [0o640, 0o604, 0o620]) {
        const path = join(own.folder, name);
        await Deno.chmod(left, 0o600);
        await Deno.chmod(path, mode);
        const { permissions } = await findings(own.folder);
        strictEqual(permissions.status, "warn");
        strictEqual(permissions.advice, `Run chmod 600 "${path}"`);
        await Deno.chmod(path, 0o600);
      }
    }
    strictEqual((await findings(own.folder)).permissions.status, "ok");
    await Deno.chmod(left, 0o644);
    ok((await findings(own.folder)).permissions.message.includes(left));
    const plan = join(own.folder, "transfer.info");
    await Deno.chmod(plan, 0o666);
    const { "transfer.info": open } = await findings(own.folder);
    strictEqual(open.status, "warn");
    strictEqual(open.advice, `Run chmod o-w "${plan}"`);
  },
});

Deno.test("examine() warns of a clock that is early or behind the client's files", async () => {
  await using own = await OwnParty.oldFriend();
  const early = await findings(own.folder, { clock: at(() => 0) });
  strictEqual(early.clock.status, "warn");
  match(early.clock.message, /1970-01-01T00:00:00Z/);
  const later = new Date(Date.now() + 7_200_000);
  await Deno.utime(join(own.folder, "me.info"), later, later);
  const behind = await findings(own.folder);
  strictEqual(behind.clock.status, "warn");
  match(behind.clock.message, /me\.info was changed (2 h 0 min|1 h 59 min|1 h 60 min) later$/);
  await Deno.remove(join(own.folder, "me.info"));
  const slow = await findings(own.folder, { clock: at(() => Date.now() + 3_600_000) });
  strictEqual(slow.clock.status, "warn");
  match(slow.clock.message, /that of the disk differs by /);
});

Deno.test({
  name:
    "A link in the place of me.info that leads nowhere is found, and does not end the examination",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using own = await OwnParty.stranger();
    await writePlan(own);
    for (const [link, at] of [["me.info", "loop"], ["loop", "me.info"]] as const) {
      await Deno.symlink(at, join(own.folder, link));
    }
    const found = await findings(own.folder);
    strictEqual(found.identity.status, "fail");
    match(found.identity.message, /Too many levels of symbolic links/);
    strictEqual(found.permissions.status, "ok");
  },
});

Deno.test("examine() names the server of an identity, and does not mix identities", async () => {
  await using own = await OwnParty.oldFriend();
  await using server = await OwnServer.open("2024a");
  await writePlan(own, { server: server.address });
  const { identity } = await findings(own.folder);
  match(identity.message, /me\.info" belongs to "Michael Jackson" at 127\.0\.0\.1:\d+$/);
  await writeRegisteredServer(own.folder, {
    server: NOBODY,
    clientId: IDENTITY.clientId,
    clock: SYSTEM_CLOCK,
  });
  const { identity: other, key } = await findings(own.folder);
  strictEqual(other.status, "ok");
  match(
    other.message,
    /^Not registered yet with 127\.0\.0\.1:\d+ \(known are "Michael Jackson" at 127\.0\.0\.1:1\)/,
  );
  strictEqual(key.status, "skip");
});

Deno.test("examine() only warns of a read-only folder if there is an identity", async () => {
  await using stranger = await OwnParty.stranger();
  await using friend = await OwnParty.oldFriend();
  const open = Deno.open;
  // Permissions do not restrict root.
  Deno.open = (path, options) =>
    options?.createNew
      ? Promise.reject(Object.assign(new Error("Read-only file system"), { code: "EROFS" }))
      : open(path, options);
  try {
    const { folder } = await findings(stranger.folder);
    strictEqual(folder.status, "fail");
    match(folder.message, /: the file system is read-only$/);
    const { folder: readOnly } = await findings(friend.folder);
    strictEqual(readOnly.status, "warn");
    match(readOnly.message, /read-only, which is only needed to register$/);
  } finally {
    Deno.open = open;
  }
});
