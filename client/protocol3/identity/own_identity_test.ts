import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { failsWith, IDENTITY, ON_RECORD, OwnParty } from "../../../tests/peers/own_party.ts";
import { ScriptedServer } from "../../../tests/peers/scripted_server.ts";
import { always, first } from "../../../tests/peers/scripts.ts";
import { EXIT } from "../../client_error.ts";
import { IdentityFiles, readRegisteredServer } from "./identity_files.ts";
import { serverFolder } from "../../identity/client_folders.ts";
import { heard, sendTo, server2024 } from "../../../tests/peers/sent_to.ts";

Deno.test("Servers used in turn in one folder each keep their own identity", async () => {
  await using own = await OwnParty.stranger();
  await using a = server2024();
  await using b = server2024();
  for (let round = 0; round < 2; round++) {
    deepStrictEqual(await sendTo(a, own), []);
    deepStrictEqual(await sendTo(b, own), []);
  }
  const all = ["register", "publicKey", "file", "reconnect", "file"];
  deepStrictEqual([heard(a), heard(b)], [all, all]);
  const main = await own.files.load();
  const aside = await new IdentityFiles(await serverFolder(own.folder, b.address)).load();
  ok(main !== undefined && aside !== undefined);
  notDeepStrictEqual(main.clientId, aside.clientId);
  deepStrictEqual((await readRegisteredServer(own.folder))?.server, a.address);
  for (const [server, { clientId }] of [[a, main], [b, aside]] as const) {
    const ids = server.requests.filter(({ kind }) => kind !== "register")
      .map((request) => request.clientId);
    for (const id of ids) deepStrictEqual(id, clientId);
  }
});

Deno.test("The server of transfer.info gets me.info; the identity before is kept", async () => {
  await using own = await OwnParty.stranger();
  await using a = server2024();
  await using b = server2024();
  await sendTo(a, own, { plan: a.address });
  const before = await own.files.load();
  const told = await sendTo(b, own, { plan: b.address });
  ok(told.some((line) => line.includes("that of the server before is kept in")), told.join());
  deepStrictEqual((await readRegisteredServer(own.folder))?.server, b.address);
  const aside = new IdentityFiles(await serverFolder(own.folder, a.address));
  deepStrictEqual(await aside.load(), before);
  // Both continue with the client that they know.
  await sendTo(a, own, { plan: b.address });
  await sendTo(b, own, { plan: b.address });
  deepStrictEqual([heard(a).at(-2), heard(b).at(-2)], ["reconnect", "reconnect"]);
});

Deno.test("An identity without a record is told only to the server of transfer.info", async () => {
  await using own = await OwnParty.oldFriend();
  const before = await own.identityFiles();
  await using a = server2024();
  a.admit(ON_RECORD);
  await using b = server2024();
  await sendTo(b, own, { plan: a.address });
  deepStrictEqual(heard(b), ["register", "publicKey", "file"]);
  deepStrictEqual(await own.identityFiles(), before);
  await sendTo(a, own, { plan: a.address });
  deepStrictEqual(heard(a), ["reconnect", "file"]);
  deepStrictEqual(await readRegisteredServer(own.folder), {
    server: a.address,
    clientId: IDENTITY.clientId,
  });
});

Deno.test("An identity without any record belongs to the first server to accept it", async () => {
  await using own = await OwnParty.oldFriend();
  const before = await own.identityFiles();
  await using stranger = server2024();
  await using friend = server2024();
  friend.admit(ON_RECORD);
  const told = await sendTo(stranger, own);
  ok(told.some((line) => line.includes("stays as it is; registering there")), told.join());
  strictEqual(await readRegisteredServer(own.folder), undefined);
  await sendTo(friend, own);
  deepStrictEqual(await own.identityFiles(), before);
  deepStrictEqual((await readRegisteredServer(own.folder))?.server, friend.address);
  // From here on it is sent to no other server.
  await using late = server2024();
  await sendTo(late, own);
  deepStrictEqual([heard(friend)[0], heard(late)[0]], ["reconnect", "register"]);
});

Deno.test("A me.info that another program rewrote is not for the recorded server", async () => {
  await using own = await OwnParty.stranger();
  await using a = server2024();
  await sendTo(a, own);
  await own.save(IDENTITY);
  await using b = server2024();
  b.admit(ON_RECORD);
  await sendTo(b, own, { plan: b.address });
  deepStrictEqual(heard(b), ["reconnect", "file"]);
});

Deno.test("A name that is wanted keeps another client's identity from being tried", async () => {
  await using own = await OwnParty.oldFriend();
  await using server = server2024();
  await sendTo(server, own, { name: "Else", register: "Else" });
  deepStrictEqual(heard(server), ["register", "publicKey", "file"]);
  await failsWith(sendTo(server, own, { name: "Third", register: "Third" }), {
    ...{ reason: "bad-setting", exitCode: EXIT.usage },
    message: /belongs to "Else"; leave --name out/,
  });
});

Deno.test("A damaged me.info does not prevent the use of another server's identity", async () => {
  await using own = await OwnParty.stranger();
  await using a = server2024();
  await using b = server2024();
  await sendTo(a, own);
  await sendTo(b, own);
  await own.file("me.info", "damaged");
  await sendTo(b, own);
  await failsWith(sendTo(a, own), { reason: "bad-configuration", exitCode: EXIT.usage });
});

Deno.test("Clients that begin at once in one folder all have one name", async () => {
  await using own = await OwnParty.stranger();
  await using server = server2024();
  await Promise.all(Array.from({ length: 8 }, () => sendTo(server, own, { sends: false })));
  const kinds = heard(server);
  strictEqual(kinds.filter((kind) => kind === "register").length, 1);
  strictEqual(kinds.filter((kind) => kind === "reconnect").length, 7);
});

Deno.test("A client that registers again uses the identity that another one just got", async () => {
  await using own = await OwnParty.oldFriend();
  await using server = server2024();
  const plan = server.address;
  await Promise.all(Array.from({ length: 4 }, () => sendTo(server, own, { plan, sends: false })));
  strictEqual(heard(server).filter((kind) => kind === "register").length, 1);
});

Deno.test("A name is not lost when both files cannot be put in place", async () => {
  await using own = await OwnParty.stranger();
  await using server = server2024();
  const rename = Deno.rename;
  Deno.rename = (from, to) => {
    if (!`${to}`.endsWith("me.info")) return rename(from, to);
    return Promise.reject(Object.assign(new Error("Input/output error"), { code: "EIO" }));
  };
  try {
    await failsWith(sendTo(server, own), {
      ...{ reason: "identity-not-writable", exitCode: EXIT.usage },
      message: /me\.info": the disk reports an error/,
    });
  } finally {
    Deno.rename = rename;
  }
  await sendTo(server, own);
  const requests = server.requests.filter(({ kind }) => kind === "register");
  strictEqual(requests.length, 2, "The second is how it finds out that the server lacks its key");
  deepStrictEqual(heard(server).slice(-2), ["publicKey", "file"]);
});

Deno.test("Each forgotten identity is kept, also when several follow quickly", async () => {
  await using own = await OwnParty.oldFriend();
  const replaced = [IDENTITY];
  const { toISOString } = Date.prototype;
  let milliseconds = 100;
  Date.prototype.toISOString = () => `2026-01-31T12:00:00.${milliseconds++}Z`;
  try {
    for (const _ of [1, 2, 3]) {
      // A server that begins with nothing on record, where another one was.
      await using server = server2024();
      const told = await sendTo(server, own, { plan: server.address });
      ok(told.at(-1)?.startsWith("The me.info and priv.key from before are kept in "), told.join());
      const now = await own.files.load();
      ok(now !== undefined);
      replaced.push(now);
      // So that the next one is taken for the same server.
      await Deno.remove(join(own.folder, "servers"), { recursive: true });
    }
  } finally {
    Date.prototype.toISOString = toISOString;
  }
  const folder = join(own.folder, "replaced");
  const names = (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).toSorted();
  const kept = names.map((name) => new IdentityFiles(join(folder, name)).load());
  deepStrictEqual(await Promise.all(kept), replaced.slice(0, -1));
});

Deno.test("A registration whose server cannot be recorded yet records it later", async () => {
  await using own = await OwnParty.stranger();
  await using server = server2024();
  const rename = Deno.rename;
  let tries = 0;
  Deno.rename = (from, to) => {
    if (!`${to}`.endsWith("registered.info") || ++tries > 1) return rename(from, to);
    return Promise.reject(Object.assign(new Error("No space left"), { code: "ENOSPC" }));
  };
  try {
    const told = await sendTo(server, own);
    strictEqual(told.length, 1, told.join());
    ok(told[0]?.includes("the disk is full; make room on it; going on without a note"), told[0]);
  } finally {
    Deno.rename = rename;
  }
  deepStrictEqual(heard(server), ["register", "publicKey", "file"]);
  deepStrictEqual((await readRegisteredServer(own.folder))?.server, server.address);
});

Deno.test("An id that is not in place yet is told to its own server alone, and kept", async () => {
  await using own = await OwnParty.stranger();
  await using a = server2024();
  await using b = server2024();
  const rename = Deno.rename;
  Deno.rename = (from, to) => {
    if (!`${to}`.endsWith("me.info")) return rename(from, to);
    return Promise.reject(Object.assign(new Error("Input/output error"), { code: "EIO" }));
  };
  try {
    await rejects(sendTo(a, own));
  } finally {
    Deno.rename = rename;
  }
  await sendTo(b, own);
  deepStrictEqual(heard(b), ["register", "publicKey", "file"]);
  await sendTo(a, own);
  const keys = a.requests.filter(({ kind }) => kind === "publicKey");
  strictEqual(keys.length, 1);
  const aside = await new IdentityFiles(await serverFolder(own.folder, a.address)).load();
  deepStrictEqual(keys[0]?.clientId, aside?.clientId);
});

Deno.test("An id granted again is not told to a server that is named later", async () => {
  await using own = await OwnParty.oldFriend();
  await using a = new ScriptedServer({
    revision: "2024a",
    onRequest: first(1, "publicKey", "close"),
  });
  await using b = server2024();
  await rejects(sendTo(a, own, { plan: a.address }));
  await sendTo(b, own, { plan: b.address });
  deepStrictEqual(heard(b), ["reconnect", "register", "publicKey", "file"]);
});

Deno.test("A client that has moved is told the command that says so", async () => {
  await using own = await OwnParty.stranger();
  await using old = server2024();
  await sendTo(old, own);
  await using moved = new ScriptedServer({
    revision: "2024a",
    onRequest: always("register", { kind: "registrationRefused" }),
  });
  const [from, to] = [old, moved].map(({ address: { host, port } }) => `${host}:${port}`);
  await failsWith(sendTo(moved, own), {
    ...{ reason: "name-taken", exitCode: EXIT.refused },
    message: new RegExp(`that was ${from} before, run ".* identity move ${from} ${to}"; otherwise`),
  });
});

Deno.test({
  name: "A folder that is only read is enough for an identity that is in it",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using own = await OwnParty.oldFriend();
    await using server = server2024();
    server.admit(ON_RECORD);
    const mkdir = Deno.mkdir;
    // Permissions do not restrict root.
    Deno.mkdir = () =>
      Promise.reject(Object.assign(new Error("Read-only file system"), { code: "EROFS" }));
    try {
      deepStrictEqual(await sendTo(server, own), []);
    } finally {
      Deno.mkdir = mkdir;
    }
    strictEqual(await Deno.stat(join(own.folder, "servers")).catch(() => undefined), undefined);
  },
});
