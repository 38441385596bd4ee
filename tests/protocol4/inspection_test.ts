/** `probe` and `doctor` at a server of protocol 4. */

import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { fingerprint } from "../../shared/protocol4/keys/public_key.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { chosenVersion } from "../../client/protocol4/inspection/tls_version.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { loggedIn } from "../end_to_end/fixtures/logged_in.ts";
import { ON_LOOPBACK, RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { AccountServer } from "../peers/account_server.ts";
import { identityFolder } from "./fixtures/client_commands.ts";

/** The findings of `doctor` by their checks, and its exit code. */
async function examined(dir: string, ...words: readonly string[]) {
  const { stdout } = await runClient(["doctor", "--dir", dir, "--json", ...words]);
  const { exitCode, checks } = JSON.parse(stdout);
  const found: Record<string, { status: string; message: string }> = {};
  for (const { check, ...finding } of checks) found[check] = finding;
  const of = (name: string) => found[name] ?? { status: "none", message: "" };
  return {
    exitCode,
    of,
    statuses: ["known_servers", "server key", "login"].map((n) => of(n).status),
  };
}

Deno.test("probe tells which protocols a server speaks, its key, TLS and limits", async () => {
  await using logged = await loggedIn();
  const address = await logged.server.printed(/^sealpost:/);
  const { spki = new Uint8Array() } = parseServerAddress(address);
  const print = await fingerprint(spki);
  const known = await logged.run("probe", logged.server.address, "--json");
  const { protocols, revision, protocol4, command } = JSON.parse(known.stdout);
  deepStrictEqual([protocols, revision], [["3", "4"], "2024c"]);
  const { limits, knownFrom, ...rest } = protocol4;
  deepStrictEqual(rest, {
    ...{ address, fingerprint: print, key: "known", tls: "1.3", registration: "open" },
  });
  match(knownFrom, /^line 1 of /);
  ok(limits.fileSize > 0 && limits.uploads === 64, JSON.stringify(limits));
  match(command, / send FILE --server /);
  // A user who has not logged in does not know it, and one who knows another key is warned.
  const other = join(logged.folder, "other");
  await Deno.mkdir(other);
  const fresh = await runClient(["probe", logged.server.address, "--dir", other]);
  ok(fresh.stdout.includes(`speaks protocol 4 over TLS 1.3; its key is ${print}\n`), fresh.stdout);
  match(fresh.stdout, /No key of it is known here: compare/);
  const path = join(logged.config, "known_servers");
  await using evil = await AccountServer.start();
  const text = (await Deno.readTextFile(path)).replace(/:\d+ /, `:${evil.address.port} `);
  await Deno.writeTextFile(path, text);
  const warned = await logged.run("probe", `127.0.0.1:${evil.address.port}`);
  strictEqual(warned.code, 0, warned.stderr);
  match(warned.stdout, /ANOTHER KEY IS KNOWN \(line 1 of /);
  doesNotMatch(warned.stdout, /To send a file/);
  const changed = await logged.run("probe", `127.0.0.1:${evil.address.port}`, "--json");
  const said = JSON.parse(changed.stdout);
  deepStrictEqual([said.protocol4.key, said.command], ["changed", undefined]);
});

Deno.test("probe finds a server that speaks one protocol alone", async () => {
  for (const [protocols, flags] of [[["3"], "3"], [["4"], "4"]] as const) {
    await using folder = await temporaryFolder();
    await using server = await RunningServer.here(join(folder.path, "data"), {
      args: [...ON_LOOPBACK, "--protocols", flags],
    });
    const words = ["probe", server.address, "--dir", folder.path, "--json"];
    const { code, stdout, stderr } = await runClient(words);
    strictEqual(code, 0, stderr);
    deepStrictEqual(JSON.parse(stdout).protocols, protocols);
  }
});

Deno.test("doctor sees what others may read, another key, and a token that ended", async () => {
  await using logged = await loggedIn();
  const well = await examined(logged.config);
  deepStrictEqual([well.exitCode, well.statuses], [0, ["ok", "ok", "ok"]]);
  deepStrictEqual([well.of("transfer.info").status, well.of("revision").status], ["skip", "skip"]);
  match(well.of("login").message, /^Logged in as "maya" on .* holds$/);
  for (const check of ["identity", "key", "permissions"]) {
    const none = "None of protocol 3 is kept, and the server is spoken to by protocol 4";
    deepStrictEqual(well.of(check), { status: "skip", message: none });
  }
  const address = await logged.server.printed(/^sealpost:/);
  const folder = await identityFolder(
    logged.config,
    parseServerAddress(address).spki ?? new Uint8Array(),
  );
  const kept = await Deno.readTextFile(`${folder}/token.json`);
  if (Deno.build.os !== "windows") {
    await Deno.chmod(`${folder}/token.json`, 0o644);
    const open = await examined(logged.config);
    deepStrictEqual([open.exitCode, open.statuses], [0, ["warn", "ok", "ok"]]);
    match(open.of("known_servers").message, /token\.json/);
    await Deno.chmod(`${folder}/token.json`, 0o600);
  }
  await logged.run("token", "--revoke", JSON.parse(kept).tokenId);
  const ended = await examined(logged.config);
  match(ended.of("login").message, /the token has ended/);
  strictEqual(await Deno.readTextFile(`${folder}/token.json`), kept);
  const path = join(logged.config, "known_servers");
  const known = await Deno.readTextFile(path);
  await using evil = await AccountServer.start();
  await Deno.writeTextFile(path, known.replace(/:\d+ /, `:${evil.address.port} `));
  const fooled = await examined(logged.config);
  deepStrictEqual([fooled.exitCode, fooled.statuses], [3, ["ok", "fail", "skip"]]);
  deepStrictEqual(evil.requests, []);
  await Deno.remove(`${folder}/identity.json`);
  await Deno.writeTextFile(path, known);
  const stranger = await examined(logged.config);
  deepStrictEqual([stranger.exitCode, stranger.statuses], [2, ["ok", "ok", "fail"]]);
  await Deno.writeTextFile(path, "nonsense\n");
  const damaged = await examined(logged.config);
  deepStrictEqual([damaged.exitCode, damaged.statuses], [2, ["fail", "skip", "skip"]]);
});

Deno.test("chosenVersion() reads a ServerHello, and bears what is none", () => {
  const hello = (...extensions: readonly number[]) => {
    const size = 38 + 2 + extensions.length;
    return Uint8Array.of(
      ...[0x16, 3, 3, 0, 4 + size, 2, 0, 0, size, 3, 3],
      ...[...Array(32).fill(1), 0, 0x13, 1, 0, 0, extensions.length],
      ...extensions,
    );
  };
  strictEqual(chosenVersion(hello(0, 43, 0, 2, 3, 4)), "1.3");
  strictEqual(chosenVersion(hello(0, 23, 0, 0)), "1.2");
  strictEqual(chosenVersion(hello(0, 43, 0, 2, 9, 9)), undefined);
  strictEqual(chosenVersion(Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40)), undefined);
  const whole = hello(0, 43, 0, 2, 3, 4);
  for (let size = 0; size < whole.byteLength; size++) {
    strictEqual(chosenVersion(whole.subarray(0, size)), "incomplete", String(size));
  }
});
