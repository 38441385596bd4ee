/** Our client meets our server, as programs, on the one port that both protocols have. */

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { onLoopbackAgain, RunningServer } from "../end_to_end/fixtures/running_server.ts";

/** Runs a command that is to print JSON. */
async function run(folder: string, words: readonly string[]) {
  const [command = "", ...rest] = words;
  const ended = await runClient([command, "--dir", folder, "--json", ...rest]);
  return { ...ended, json: JSON.parse(ended.stdout || "{}") };
}

Deno.test("login asks a server for its key, and pins it for all its starts", async () => {
  await using data = await temporaryFolder();
  await using other = await temporaryFolder();
  await using home = await temporaryFolder();
  await using second = await temporaryFolder();
  const args = await onLoopbackAgain();
  let pinned = "";
  {
    await using server = await RunningServer.here(data.path, { args });
    const first = ["login", `sealpost://${server.address}/`, "--name", "maya"];
    strictEqual((await run(home.path, first)).json.reason, "server-key-unknown");
    const { json, stderr } = await run(home.path, [...first, "--accept-new"]);
    strictEqual(json.status, "registered", stderr);
    pinned = json.server;
    strictEqual(pinned, await server.printed(/^sealpost:/));
    match(pinned, /^sealpost:\/\/127\.0\.0\.1:\d+\/#[A-Za-z0-9_-]{44}$/);
    const { json: offer } = await run(home.path, ["devices", "add"]);
    const joined = await run(second.path, ["login", offer.address, "--label", "laptop"]);
    deepStrictEqual([joined.json.status, joined.json.name], ["device-added", "maya"]);
  }
  {
    // The token is of before; the key lies in the data folder.
    await using _server = await RunningServer.here(data.path, { args });
    const { code, json } = await run(home.path, ["status"]);
    deepStrictEqual([code, json.servers[0].status, json.servers[0].name], [0, "ok", "maya"]);
    strictEqual((await run(second.path, ["devices", "list"])).json.devices.length, 2);
  }
  await using _other = await RunningServer.here(other.path, { args });
  for (const words of [["status"], ["devices", "list"], ["login", pinned]]) {
    const { code, stdout } = await run(home.path, words);
    strictEqual(code, 3, stdout);
    match(stdout, /server-key-changed/);
  }
});

Deno.test("A server that speaks protocol 3 alone is named as such", async () => {
  await using data = await temporaryFolder();
  await using home = await temporaryFolder();
  await using four = await RunningServer.here(data.path);
  const login = ["login", `sealpost://${four.address}/`, "--name", "maya", "--accept-new"];
  const { json: { server: pinned } } = await run(home.path, login);
  await using folder = await temporaryFolder();
  const args = ["--host", "127.0.0.1", "--port", "0", "--protocols", "3"];
  await using three = await RunningServer.here(folder.path, { args });
  const key = pinned.split("#")[1];
  const refused = await run(home.path, [
    "login",
    `sealpost://${three.address}/#${key}`,
    "--name",
    "m",
  ]);
  deepStrictEqual([refused.code, refused.json.reason], [3, "no-protocol-4"]);
  const asked = await run(home.path, ["login", `sealpost://${three.address}/`, "--name", "m"]);
  deepStrictEqual([asked.code, asked.json.reason], [3, "server-key-unknown"]);
});
