/** HTTP/2 at the whole server: one connection carries as many requests as its client likes. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { type ClientHttp2Session, connect } from "node:http2";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { parseServerAddress } from "../../shared/protocol4/keys/server_address.ts";
import { RunningServer } from "../end_to_end/fixtures/running_server.ts";
import { hasProgram } from "./fixtures/shell.ts";
import { curlUser } from "./fixtures/curl_user.ts";

const hasCurl = await hasProgram("curl");

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

/** Declares a test with 100 uploads over one connection, then `resets` requests that are reset. */
export function testResets(resets: number): void {
  Deno.test(`100 uploads over one connection are stored; ${resets} resets keep nobody out`, {
    ignore: !hasCurl,
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

    const list =
      '-w "%{http_code}" -o /dev/null -H "Authorization: Bearer $TOKEN" "$URL/v4/files?list"';
    // The server ends a connection when it cannot follow its resets; the attacker opens another.
    for (let sent = 0; sent < resets;) {
      equal(await curl(list), "200");
      const rest = resets - sent;
      const reset = await resetStreams(url, rest);
      ok(reset > 100 || reset === rest, `${reset} of ${rest}`);
      sent += reset;
    }
    equal(await curl(list), "200");
  });
}

/**
 * Asks over one connection and gives each request up at once, until there were `most` or the server
 * has had enough. Returns how many there were.
 */
async function resetStreams(url: string, most: number): Promise<number> {
  const session = connect(url, { rejectUnauthorized: false });
  const ended = Promise.withResolvers<void>();
  let isOver = false;
  for (const event of ["error", "close", "goaway"]) {
    session.on(event, () => {
      isOver = true;
      ended.resolve();
    });
  }
  let sent = 0;
  for (; sent < most && !isOver; sent++) {
    const request = session.request({ ":method": "PUT", ":path": "/v4/files/x" });
    request.on("error", () => {});
    request.close(8);
    // Its answers are read between two of these.
    if (sent % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  if (sent < most) await ended.promise;
  session.destroy();
  return sent;
}
