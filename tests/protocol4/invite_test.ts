import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { serverKey } from "../../server/protocol4/identity/server_key.ts";
import { runInvite } from "../../server/protocol4/invitations/run_invite.ts";
import { runRotateKey } from "../../server/protocol4/rotation/run_rotate_key.ts";
import type { ServerIo } from "../../server/server_io.ts";
import { systemIo } from "../../server/server_io.ts";
import { newId } from "../storage/trees_under_test.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { keyText } from "../../shared/protocol4/keys/public_key.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { servedApplication } from "./fixtures/served_application.ts";
import { post, registration, TestKey } from "./fixtures/test_user.ts";

/** Runs a command, and returns its exit code and what it printed. */
async function ran(
  command: (args: readonly string[], io: ServerIo) => Promise<number>,
  args: readonly string[],
) {
  const text = { out: "", err: "" };
  const stream = (name: "out" | "err") => ({
    ...Deno.stdout,
    isTerminal: () => false,
    writeSync(bytes: Uint8Array) {
      text[name] += new TextDecoder().decode(bytes);
      return bytes.byteLength;
    },
  });
  const io = { ...systemIo(), env: () => undefined };
  const streams = { stdout: stream("out"), stderr: { ...io.stderr, ...stream("err") } };
  return { code: await command(args, { ...io, ...streams }), ...text };
}

function invited(...args: readonly string[]) {
  return ran(runInvite, args);
}

Deno.test("an invitation is made while the server runs, and registers one client", async () => {
  await using served = await servedApplication({ registration: "invite" });
  const { spki } = await serverKey(served.data);
  const { code, out, err } = await invited(
    ...["--data", served.data, "--name", "Maya", "--quota", "1KiB", "server.example"],
  );
  deepEqual([code, err], [0, ""]);
  match(out, /^sealpost:\/\/server\.example:1256\/#[\w-]{44}\.[\w-]{43}\n$/);
  const address = parseServerAddress(out.trim());
  deepEqual(address.spki, spki);
  const { invitation = "" } = address;
  const folder = join(served.data, "invitations");
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  equal(names.length, 1);
  ok(!names.some((name) => name.includes(invitation)));
  const register = async (name: string) => {
    const key = await TestKey.make();
    const body = await registration(served, { name, key, invitation });
    const { status, json } = await post(served, "/v4/clients", body);
    return status === 201 ? "201" : json.reason;
  };
  equal(await register("Ben"), "invitation-unknown");
  equal(await register("Maya"), "201");
  equal((await served.storage.accounts.accountNamed("Maya"))?.quota, 1_024);
  equal(await register("Maya2"), "invitation-used");
  deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
});

Deno.test("an invitation is withdrawn by its address, unless it is used", async () => {
  await using served = await servedApplication({ registration: "invite" });
  await serverKey(served.data);
  const flags = ["--data", served.data] as const;
  const printed = async () => (await invited(...flags, "host")).out.trim();
  const withdraw = async (address: string) => {
    const { code, out, err } = await invited(...flags, "--withdraw", address);
    return `${code} ${out}${err}`;
  };
  const register = async (name: string, address: string) => {
    const { invitation = "" } = parseServerAddress(address);
    const key = await TestKey.make();
    const body = await registration(served, { name, key, invitation });
    const { status, json } = await post(served, "/v4/clients", body);
    return status === 201 ? "201" : json.reason;
  };
  const [first, second] = [await printed(), await printed()];
  match(await withdraw(first), /^0 The invitation is withdrawn/);
  equal(await register("Maya", first), "invitation-unknown");
  match(await withdraw(first), /^2 error: There is no such invitation/);
  equal(await register("Maya", second), "201");
  match(await withdraw(second), /^2 error: There is no such invitation/);
  // A refused registration does not use it up.
  const ben = (await invited(...flags, "--name", "Ben", "host")).out.trim();
  equal(await register("Eve", ben), "invitation-unknown");
  match(await withdraw(ben), /^0 The invitation is withdrawn/);
  const another = await printed();
  equal(await register("Maya", another), "name-taken");
  match(await withdraw(another), /^0 The invitation is withdrawn/);
  await served.storage.catalog.register({ id: newId(), name: "Olga", revision: "2024a" });
  const third = await printed();
  equal(await register("Olga", third), "name-taken");
  match(await withdraw(third), /^0 The invitation is withdrawn/);
  equal(await register("Gus", third), "invitation-unknown");
  match(await withdraw("host"), /^2 error: Give --withdraw the whole address/);
  match((await invited(...flags, second)).err, /--withdraw withdraws it/);
});

Deno.test("an invitation that has expired is removed by the next one", async () => {
  await using folder = await temporaryFolder();
  await serverKey(folder.path);
  const invitations = join(folder.path, "invitations");
  await invited("--data", folder.path, "host");
  const [{ name } = { name: "" }] = await Array.fromAsync(Deno.readDir(invitations));
  await Deno.writeTextFile(join(invitations, name), '{"expires":"2020-01-01T00:00:00Z"}');
  await invited("--data", folder.path, "host:99");
  const names = (await Array.fromAsync(Deno.readDir(invitations))).map((each) => each.name);
  equal(names.length, 1);
  ok(!names.includes(name));
});

Deno.test("an invitation needs the folder of a started server, and an address", async () => {
  await using folder = await temporaryFolder();
  const none = await invited("--data", folder.path, "host");
  equal(none.code, 2);
  match(none.err, /start the server first/);
  deepEqual(await Array.fromAsync(Deno.readDir(folder.path)), []);
  await serverKey(folder.path);
  equal((await invited("--data", folder.path)).code, 2);
  equal((await invited("--data", folder.path, "host", "--expires", "never")).code, 2);
  equal((await invited("--help")).code, 0);
});

Deno.test("the key of a server is changed by a command, which prints the new one", async () => {
  await using folder = await temporaryFolder();
  equal((await ran(runRotateKey, ["--data", folder.path])).code, 2);
  const old = await serverKey(folder.path);
  const { code, out } = await ran(runRotateKey, ["--data", folder.path]);
  equal(code, 0);
  const { spki, rotation } = await serverKey(folder.path);
  ok(out.includes(keyText(spki)) && rotation?.old === keyText(old.spki));
});
