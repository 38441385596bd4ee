/** The whole server, by curl over TLS with the server's key pinned. */

import { equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { registerBytes } from "../../shared/protocol4/keys/signed_bytes.ts";
import { fromBase64Url, toBase64 } from "../../shared/text/base64.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { runDocumented } from "./fixtures/documented_commands.ts";
import { hasProgram, shell } from "./fixtures/shell.ts";
import { TestKey } from "./fixtures/test_user.ts";

const CURL = await hasProgram("curl");

Deno.test("the commands of docs/protocol-4.md work over TLS, and a token in clear is revoked", {
  ignore: !CURL,
}, async () => {
  await using folder = await temporaryFolder();
  const cwd = join(folder.path, "work");
  await Deno.mkdir(cwd);
  await using server = await RunningServer.here(join(folder.path, "data"));
  const printed = await server.printed(/^sealpost:/);
  const { spki, port } = parseServerAddress(printed);
  const pin = await crypto.subtle.digest("SHA-256", Uint8Array.from(spki ?? []));
  const pinned = `curl() { command curl -k --pinnedpubkey "$PIN" "$@"; }\n`;
  const PATH = Deno.env.get("PATH") ?? "";
  const URL = `https://127.0.0.1:${port}`;
  const env = { PATH, URL, PIN: `sha256//${toBase64(new Uint8Array(pin))}`, TOKEN: "" };
  const curl = (words: string, more: Record<string, string> = {}) =>
    shell(`${pinned}curl -s ${words}`, { cwd, env: { ...env, ...more } });

  const { nonce } = JSON.parse(await curl('-X POST "$URL/v4/nonce"'));
  const key = await TestKey.make();
  const bytes = registerBytes({
    server: Uint8Array.from(spki ?? []),
    nonce: fromBase64Url(nonce) ?? new Uint8Array(),
    ...{ name: "Maya", invitation: "" },
  });
  const body = { name: "Maya", key: key.text, nonce, signature: await key.sign(bytes) };
  const BODY = JSON.stringify(body);
  const json = '-H "Content-Type: application/json" -d "$BODY"';
  const { token: TOKEN } = JSON.parse(await curl(`${json} "$URL/v4/clients"`, { BODY }));
  await runDocumented({ cwd, env: { ...env, TOKEN } }, { before: pinned });

  // Another key is another server: curl sends nothing to it.
  const other = { PIN: `sha256//${toBase64(new Uint8Array(32))}` };
  await rejects(curl('"$URL/v4"', other));
  const list = '-H "Authorization: Bearer $TOKEN" "$URL/v4/files?list"';
  match(await curl(list, { TOKEN }), /report\.pdf/);
  match(await curl(list.replace("$URL", `http://127.0.0.1:${port}`), { TOKEN }), /no longer/);
  equal(JSON.parse(await curl(list, { TOKEN })).reason, "token-revoked");
});
