/** The whole server, by curl over TLS with the server's key pinned. */

import { equal, match, rejects } from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { toBase64 } from "../../shared/text/base64.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { curlUser, PINNED } from "./fixtures/curl_user.ts";
import { runDocumented } from "./fixtures/documented_commands.ts";
import { hasProgram } from "./fixtures/shell.ts";

Deno.test("the commands of docs/protocol-4.md work over TLS, and a token in clear is revoked", {
  ignore: !await hasProgram("curl"),
}, async () => {
  await using folder = await temporaryFolder();
  const cwd = join(folder.path, "work");
  await Deno.mkdir(cwd);
  await using server = await RunningServer.here(join(folder.path, "data"));
  const address = parseServerAddress(await server.printed(/^sealpost:/));
  const { env, curl } = await curlUser(address, { cwd, name: "Maya" });
  await runDocumented({ cwd, env }, { before: PINNED });

  // Another key is another server: curl sends nothing to it.
  await rejects(curl('"$URL/v4"', { PIN: `sha256//${toBase64(new Uint8Array(32))}` }));
  const list = '-H "Authorization: Bearer $TOKEN" "$URL/v4/files?list"';
  match(await curl(list), /report\.pdf/);
  match(await curl(list, { URL: `http://127.0.0.1:${address.port}` }), /no longer/);
  equal(JSON.parse(await curl(list)).reason, "token-revoked");
});

Deno.test("a refusal reaches a client that is still sending a large body", {
  ignore: !await hasProgram("curl"),
}, async () => {
  await using folder = await temporaryFolder();
  const cwd = folder.path;
  await using server = await RunningServer.here(join(cwd, "data"));
  const address = parseServerAddress(await server.printed(/^sealpost:/));
  const { curl } = await curlUser(address, { cwd, name: "Maya" });
  await Deno.writeFile(join(cwd, "large"), new Uint8Array(8 * 1024 ** 2));
  const put = '-o /dev/null -w "%{http_code}" -H "Authorization: Bearer $TOKEN" -H "Expect:" ' +
    '-H "If-Match: *" -T large "$URL/v4/files/none"';
  equal(await curl(put), "412");
  equal(await curl(put, { TOKEN: "guessed" }), "401");
});
