/** HTTP/2 at the whole server: one connection carries as many requests as its client likes. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type ClientHttp2Session, connect } from "node:http2";
import { join } from "node:path";
import { temporaryFolder } from "../../server/storage/testing/temporary_folder.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { hasProgram } from "./fixtures/shell.ts";
import { curlUser } from "./fixtures/curl_user.ts";

/** A request, to its end or its reset: its status, or what happened. */
function answered(
  session: ClientHttp2Session,
  { path, token, size }: { readonly path: string; readonly token: string; readonly size: number },
): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const request = session.request({
    ...{ ":method": "PUT", ":path": path, authorization: `Bearer ${token}` },
    "content-length": String(size),
  });
  let status = "none";
  request.on("response", (headers) => status = String(headers[":status"]));
  request.on("error", (error) => resolve(error.message));
  request.on("data", () => {});
  request.on("end", () => resolve(status));
  request.end(Buffer.alloc(size));
  return promise;
}

Deno.test("100 uploads over one connection are stored, and 10,000 resets keep nobody out", {
  ignore: !await hasProgram("curl"),
  // The client of node:http2 leaves some of its own operations behind.
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  await using folder = await temporaryFolder();
  await using server = await RunningServer.here(join(folder.path, "data"));
  const address = parseServerAddress(await server.printed(/^sealpost:/));
  const { curl, token, url } = await curlUser(address, { cwd: folder.path, name: "Maya" });
  const uploads = connect(url, { rejectUnauthorized: false });
  const statuses = await Promise.all(
    Array.from(
      { length: 100 },
      (_, n) => answered(uploads, { path: `/v4/files/f${n}`, token, size: 20_000 }),
    ),
  );
  deepEqual(new Set(statuses), new Set(["201"]));
  uploads.destroy();

  const resets = connect(url, { rejectUnauthorized: false });
  const ended = Promise.withResolvers<void>();
  for (const event of ["error", "close", "goaway"]) resets.on(event, () => ended.resolve());
  const list =
    '-w "%{http_code}" -o /dev/null -H "Authorization: Bearer $TOKEN" "$URL/v4/files?list"';
  let sent = 0;
  try {
    for (; sent < 10_000; sent++) {
      const request = resets.request({ ":method": "PUT", ":path": "/v4/files/x" });
      request.on("error", () => {});
      request.close(8);
      if (sent % 500 === 0) equal(await curl(list), "200");
    }
  } catch {
    // The server had enough, and said so.
  }
  await ended.promise;
  ok(sent > 100, String(sent));
  resets.destroy();
  equal(await curl(list), "200");
});
