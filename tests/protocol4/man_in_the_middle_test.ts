/** What someone between client and server gets: nothing. */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { keyFolder } from "../../client/protocol4/identity/known_servers.ts";
import { formatServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { makeCertificate, toPem } from "../../shared/protocol4/keys/certificate.ts";
import { runClient } from "../end_to_end/fixtures/in_process.ts";
import { runClient as runProcess } from "../end_to_end/fixtures/program.ts";
import { AccountServer } from "../peers/account_server.ts";
import { peerKey, TlsPeer } from "../peers/tls_peer.ts";
import { pinnedApplication } from "./fixtures/pinned_application.ts";
import { type Json, post } from "./fixtures/test_user.ts";

/** Runs a command that is to print JSON. */
async function run(folder: string, words: readonly string[]) {
  const [command = "", ...rest] = words;
  const ended = await runClient([command, "--dir", folder, "--json", ...rest]);
  return { ...ended, json: JSON.parse(ended.stdout || "{}") };
}

Deno.test("A login that is relayed to another server is refused by its signature", async () => {
  await using honest = await pinnedApplication();
  await using home = await temporaryFolder();
  const { json } = await run(home.path, ["login", honest.text(), "--name", "maya"]);
  strictEqual(json.status, "registered");
  const relayed: { status: number; json: Json }[] = [];
  // A server that its own clients trust, and that passes to the honest one what they sign.
  await using evil = await AccountServer.start({
    async before(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/v4/nonce") {
        return Response.json((await post(honest.served, "/v4/nonce", undefined)).json);
      }
      if (pathname !== "/v4/tokens" && pathname !== "/v4/clients") return undefined;
      const answer = await post(honest.served, pathname, {
        ...await request.json(),
        ...(pathname === "/v4/tokens" && { id: json.id }),
      });
      relayed.push(answer);
      return Response.json(answer.json, {
        ...{ status: answer.status, headers: { "content-type": "application/problem+json" } },
      });
    },
  });
  // A new client there signs a registration, and one that has a key signs a login.
  await using other = await temporaryFolder();
  const register = await run(other.path, ["login", evil.text(), "--name", "maya"]);
  strictEqual(register.json.reason, "signature-invalid", register.stdout);
  const folders = [honest.served.serverKey.spki, evil.key.spki].map((spki) =>
    keyFolder(home.path, spki)
  );
  const [from = "", to = ""] = await Promise.all(folders);
  await Deno.mkdir(to);
  await Deno.copyFile(`${from}/identity.json`, `${to}/identity.json`);
  const login = await run(home.path, ["login", evil.text()]);
  strictEqual(login.json.reason, "signature-invalid", login.stdout);
  deepStrictEqual(relayed.map(({ status }) => status), [403, 403]);
  strictEqual(honest.served.counters.value("refused.signature-invalid"), 2);
});

Deno.test("Each command refuses a server with another key before it sends anything", async () => {
  await using honest = await AccountServer.start();
  await using home = await temporaryFolder();
  strictEqual((await run(home.path, ["login", honest.text(), "--name", "maya"])).code, 0);
  await using evil = await AccountServer.start();
  const path = `${home.path}/known_servers`;
  const known = await Deno.readTextFile(path);
  const moved = known.replace(`:${honest.address.port} `, `:${evil.address.port} `);
  await Deno.writeTextFile(path, moved);
  const claimed = formatServerAddress({ ...evil.address, spki: honest.key.spki });
  const commands = [["status"], ["devices", "list"], ["devices", "add"], ["login", claimed]];
  for (const words of commands) {
    const { code, stdout } = await run(home.path, words);
    ok(code === 3 && stdout.includes("server-key-changed"), `${words}: ${stdout}`);
  }
  deepStrictEqual(evil.requests, []);
  strictEqual(await Deno.readTextFile(path), moved);
});

Deno.test("A certificate that this machine trusts is not the server's key", async () => {
  const [known, other] = [await peerKey(), await peerKey()];
  await using folder = await temporaryFolder();
  const cert = toPem("CERTIFICATE", await makeCertificate({ ...other, names: ["localhost"] }));
  await Deno.writeTextFile(`${folder.path}/ca.pem`, cert);
  await using peer = TlsPeer.with({ cert, key: other.pem }, async ({ rest }) => void await rest());
  const address = formatServerAddress({ ...peer.address, host: "localhost", spki: known.spki });
  const { code, stdout } = await runProcess(
    ["login", address, "--name", "maya", "--json", "--dir", folder.path],
    { env: { DENO_CERT: `${folder.path}/ca.pem` } },
  );
  strictEqual(code, 3, stdout);
  strictEqual(JSON.parse(stdout).reason, "server-key-mismatch");
  strictEqual(peer.received, 0);
});
