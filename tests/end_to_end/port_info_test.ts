/** Where a server listens that is told no port. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { temporaryFolder } from "../peers/temporary_folder.ts";
import { ownPort } from "../peers/own_port.ts";
import { DidNotStart, RunningServer } from "./fixtures/running_server.ts";

Deno.test("A server listens on the port in port.info, without a warning", async () => {
  await using data = await temporaryFolder();
  const path = join(data.path, "port.info");
  const port = await ownPort();
  await Deno.writeTextFile(path, `${port}\n`);
  await using server = await RunningServer.here(data.path, {
    args: ["--host", "127.0.0.1", "--port-file", path],
  });
  assert.equal(server.address, `127.0.0.1:${port}`);
  assert.doesNotMatch((await server.stop()).stderr, /warning/);
});

for (
  const [which, content] of [
    ["missing", undefined],
    ["empty", ""],
    ["no number", "1256a\n"],
    ["out of range", "65536\n"],
    ["more than a number", "1256 1257\n"],
  ] as const
) {
  Deno.test(`A server warns of a port.info that is ${which}, and takes port 1256`, async () => {
    await using data = await temporaryFolder();
    const path = join(data.path, "port.info");
    if (content !== undefined) await Deno.writeTextFile(path, content);
    const said = await startOnDefaultPort(data.path, path);
    assert.match(said, /^\S+ +warning +No port from '.*port\.info': .*; using port 1256\n/);
  });
}

Deno.test("A port file is not looked at when the port is given", async () => {
  await using data = await temporaryFolder();
  await using server = await RunningServer.here(data.path, {
    args: ["--listen", "127.0.0.1:0", "--port-file", join(data.path, "missing")],
  });
  assert.doesNotMatch((await server.stop()).stderr, /warning/);
});

/**
 * Starts a server that is to listen on port 1256; what it said on standard error. Another program
 * of this machine may have the port: then it says so.
 */
async function startOnDefaultPort(data: string, portFile: string): Promise<string> {
  try {
    await using server = await RunningServer.here(data, {
      args: ["--host", "127.0.0.1", "--port-file", portFile],
    });
    assert.equal(server.address, "127.0.0.1:1256");
    return (await server.stop()).stderr;
  } catch (error) {
    if (!(error instanceof DidNotStart)) throw error;
    assert.equal(error.ended.code, 2);
    assert.match(error.ended.stderr, /Cannot listen on 127\.0\.0\.1:1256: the port is in use/);
    return error.ended.stderr;
  }
}
